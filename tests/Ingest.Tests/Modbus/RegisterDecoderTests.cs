using System.Buffers.Binary;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class RegisterDecoderTests
{
    public static TheoryData<RegisterType, bool, bool> Formats
    {
        get
        {
            var formats = new TheoryData<RegisterType, bool, bool>();
            foreach (var type in Enum.GetValues<RegisterType>())
                foreach (var words in new[] { false, true })
                    foreach (var bytes in new[] { false, true }) formats.Add(type, words, bytes);
            return formats;
        }
    }

    [Theory, MemberData(nameof(Formats))]
    public void Whatever_is_written_is_read_back_in_every_type_and_order(RegisterType type, bool littleWords, bool littleBytes)
    {
        var format = new RegisterFormat(type, littleWords, littleBytes) { BcdBytes = 4 };
        var random = new Random(20261120);
        for (var round = 0; round < 2000; round++)
        {
            var raw = (ulong)random.NextInt64() ^ ((ulong)random.NextInt64() << 1) & format.MaxRaw;
            raw &= format.MaxRaw;
            Assert.Equal(raw, format.Raw(Registers(raw, format)));
        }
    }

    [Theory]
    [InlineData(RegisterType.Uint16, 0xFFFFUL, 65535d)]
    [InlineData(RegisterType.Int16, 0x8000UL, -32768d)]
    [InlineData(RegisterType.Uint32, 0xFFFFFFFFUL, 4294967295d)]
    [InlineData(RegisterType.Int32, 0xFFFFFFFFUL, -1d)]
    [InlineData(RegisterType.Uint64, 0x20000000000000UL, 9007199254740992d)]
    [InlineData(RegisterType.Int64, 0xFFFFFFFFFFFFFFFEUL, -2d)]
    [InlineData(RegisterType.Float32, 0x42F6E979UL, 123.45600128173828)]
    [InlineData(RegisterType.Float64, 0x405EDD2F1A9FBE77UL, 123.456)]
    public void A_raw_value_is_the_number_of_its_type(RegisterType type, ulong raw, double number) =>
        Assert.Equal(number, new RegisterFormat(type).Number(raw));

    [Theory]
    [InlineData(4, false, 0x12345678UL, 12345678d)]
    [InlineData(8, false, 0x1234567890123456UL, 1234567890123456d)]
    [InlineData(3, true, 0x801234UL, -1234d)]
    [InlineData(3, true, 0x701234UL, 701234d)]
    [InlineData(3, true, 0xFFFFFFUL, double.NaN)]
    [InlineData(1, false, 0x0AUL, double.NaN)]
    [InlineData(2, false, 0x8000UL, 8000d)]
    public void Digits_are_read_two_a_byte_and_what_is_no_digit_is_no_number(int bytes, bool signed, ulong raw, double number) =>
        Assert.Equal(number, new RegisterFormat(RegisterType.Bcd) { BcdBytes = (byte)bytes, HasSignBit = signed }.Number(raw));

    [Fact]
    public void The_four_orders_are_those_vendors_name()
    {
        byte[] abcd = [0x11, 0x22, 0x33, 0x44];
        Assert.Equal(0x11223344UL, new RegisterFormat(RegisterType.Uint32).Raw(abcd));
        Assert.Equal(0x33441122UL, new RegisterFormat(RegisterType.Uint32, LittleWords: true).Raw(abcd));
        Assert.Equal(0x22114433UL, new RegisterFormat(RegisterType.Uint32, LittleBytes: true).Raw(abcd));
        Assert.Equal(0x44332211UL, new RegisterFormat(RegisterType.Uint32, LittleWords: true, LittleBytes: true).Raw(abcd));
    }

    [Fact]
    public void A_scaled_integer_is_the_nearest_double_to_what_the_display_shows()
    {
        UnitConversion.TryFind("kWh", "kWh", out var kwh);
        var hundredths = Scaling.Of(0.01m, 0, kwh);
        for (var raw = 0; raw < 3_000_000; raw += 7) Assert.Equal((double)(raw / 100m), hundredths.Apply(raw));
    }

    [Theory]
    [InlineData("W", 1, 0, 41234, 41.234)]
    [InlineData("W", 0.1, 0, 412345, 41.2345)]
    [InlineData("W", -1, 0, 1500, -1.5)]
    [InlineData("kW", 1, 5, 10, 15)]
    public void Scale_offset_and_unit_are_applied_in_this_order(string unit, double scale, double offset, double number, double expected)
    {
        UnitConversion.TryFind(unit, "kW", out var conversion);
        Assert.Equal(expected, Scaling.Of((decimal)scale, (decimal)offset, conversion).Apply(number));
    }

    [Theory]
    [InlineData(RegisterType.Uint32, 0xFFFFFFFFUL)]
    [InlineData(RegisterType.Float32, 0x7FC00000UL)]
    [InlineData(RegisterType.Float32, 0x7F800000UL)]
    [InlineData(RegisterType.Float64, 0xFFF0000000000000UL)]
    public void A_sentinel_and_a_float_that_is_no_number_are_missing_not_zero(RegisterType type, ulong raw)
    {
        var format = new RegisterFormat(type);
        var point = Point(format, 0xFFFFFFFF);
        Assert.False(RegisterDecoder.TryDecode(point, Registers(raw, format), out _));
    }

    [Theory]
    [InlineData(new byte[] { 0, 103, 0, 50, 0, 0, 0, 7 }, Decoded.Value)]
    [InlineData(new byte[] { 0, 103, 0, 52, 0, 0, 0, 7 }, Decoded.Displaced)]
    [InlineData(new byte[] { 0, 102, 0, 50, 0, 0, 0, 7 }, Decoded.Displaced)]
    public void A_number_counts_only_while_what_must_stand_beside_it_does(byte[] registers, Decoded expected)
    {
        var point = Point(new RegisterFormat(RegisterType.Uint16)) with { Address = 43, Guard = new(40, 103, 50) };
        Assert.Equal((40u, 44L), (point.First, point.End));
        Assert.Equal(expected, RegisterDecoder.Decode(point, registers, out var value));
        Assert.Equal(expected == Decoded.Value ? 7 : 0, value);
    }

    [Theory]
    [InlineData(RegisterType.Bcd16, 0x1234UL, 1234d)]
    [InlineData(RegisterType.Bcd32, 0x99999999UL, 99999999d)]
    [InlineData(RegisterType.Bcd64, 0x0000000123456789UL, 123456789d)]
    [InlineData(RegisterType.Bcd16, 0x12A4UL, null)]
    [InlineData(RegisterType.Bcd32, 0xFFFFFFFFUL, null)]
    [InlineData(RegisterType.Mod10k32, 0x0001270FUL, 19999d)]
    [InlineData(RegisterType.Mod10k48, 0x000100020003UL, 100020003d)]
    [InlineData(RegisterType.Mod10k64, 0x0001000000000000UL, 1e12)]
    [InlineData(RegisterType.Mod10k32, 0xFFFFFFFEUL, -10002d)]
    [InlineData(RegisterType.Mod10k32, 0x00012710UL, null)]
    [InlineData(RegisterType.Mod10k32, 0x0001FFFFUL, null)]
    public void Decimal_registers_are_read_digit_by_digit_and_what_is_no_digit_is_missing(RegisterType type, ulong raw, double? value)
    {
        var format = new RegisterFormat(type);
        var decoded = RegisterDecoder.TryDecode(Point(format), Registers(raw, format), out var number);
        Assert.Equal(value, decoded ? number : null);
    }

    [Theory]
    [InlineData(12345, -2, Decoded.Value, 123.45)]
    [InlineData(12345, 0, Decoded.Value, 12345)]
    [InlineData(12345, 3, Decoded.Value, 12345000)]
    [InlineData(3, -10, Decoded.Value, 3e-10)]
    [InlineData(1, -32768, Decoded.Missing, 0)]
    [InlineData(1, 11, Decoded.Implausible, 0)]
    [InlineData(0xFFFF, 0, Decoded.Missing, 0)]
    public void A_scale_factor_is_a_power_of_ten_read_beside_its_number(int raw, int factor, Decoded verdict, double value)
    {
        foreach (var at in new uint[] { 9, 11, 14 })
        {
            var point = Point(new RegisterFormat(RegisterType.Uint16), 0xFFFF) with { Address = 10, ScaleFactor = at };
            var registers = new byte[2 * (point.End - point.First)];
            BinaryPrimitives.WriteUInt16BigEndian(registers.AsSpan(2 * (int)(10 - point.First)), (ushort)raw);
            BinaryPrimitives.WriteInt16BigEndian(registers.AsSpan(2 * (int)(at - point.First)), (short)factor);
            Assert.Equal((verdict, value), (RegisterDecoder.Decode(point, registers, out var read), read));
        }
    }

    [Fact]
    public void A_scale_factor_keeps_the_nearest_double_to_what_the_display_shows()
    {
        UnitConversion.TryFind("Wh", "kWh", out var wattHours);
        var scaling = Scaling.Of(1, 0, wattHours);
        for (var raw = 0; raw < 3_000_000; raw += 11) Assert.Equal((double)(raw / 100_000m), scaling.Apply(raw, -2));
    }

    [Fact]
    public void Addends_are_added_and_one_that_is_missing_makes_the_sum_missing()
    {
        var point = Point(new RegisterFormat(RegisterType.Int16), 0x8000) with { Address = 3, Addends = [1, 5] };
        byte[] registers = [0, 10, 9, 9, 0xFF, 0xFE, 9, 9, 0, 100];
        Assert.Equal((Decoded.Value, 108d), (RegisterDecoder.Decode(point, registers, out var sum), sum));
        registers[8] = 0x80;
        registers[9] = 0;
        Assert.Equal(Decoded.Missing, RegisterDecoder.Decode(point, registers, out _));
    }

    [Theory]
    [InlineData(0x00FFUL, 0xAB12, 0x12)]
    [InlineData(0x0FF0UL, 0xAB12, 0xB1)]
    [InlineData(0x8000UL, 0xAB12, 1)]
    public void A_mask_takes_a_field_out_of_a_word(ulong mask, int raw, double value)
    {
        var format = new RegisterFormat(RegisterType.Uint16);
        Assert.True(RegisterDecoder.TryDecode(Point(format) with { Mask = mask }, Registers((ulong)raw, format), out var field));
        Assert.Equal(value, field);
    }

    [Theory]
    [InlineData(0, Decoded.Value)]
    [InlineData(300, Decoded.Value)]
    [InlineData(301, Decoded.Implausible)]
    [InlineData(-1, Decoded.Implausible)]
    public void What_cannot_be_is_no_value_and_says_so(int raw, Decoded verdict)
    {
        var format = new RegisterFormat(RegisterType.Int16);
        var point = Point(format) with { Plausible = new(0, 300) };
        var registers = Registers((ulong)(ushort)raw, format);
        Assert.Equal(verdict, RegisterDecoder.Decode(point, registers, out _));
        Assert.Equal(verdict == Decoded.Value, RegisterDecoder.TryDecode(point, registers, out _));
        Assert.Equal(verdict == Decoded.Value ? null : $"{raw} kWh cannot be", RegisterDecoder.Fault(point, registers));
    }

    [Fact]
    public void A_bit_is_read_out_of_its_block()
    {
        var points = new uint[] { 100, 107, 108, 115 }.Select(address => Point(new RegisterFormat(RegisterType.Bit)) with
        {
            Quantity = (Quantity)(address - 99), Function = MeterFunction.Coils, Address = address,
        }).ToList();
        var block = Assert.Single(ReadPlan.For(points, ReadLimits.Default).Blocks);
        Assert.Equal((100u, 16), (block.Address, block.Count));
        byte[] answer = [0b1000_0001, 0b0000_0000];
        Assert.Equal([1, 1, 0, 0], points.Select(point =>
            RegisterDecoder.TryDecode(point, block.Registers(point, answer), out var bit) ? bit : double.NaN));
    }

    [Fact]
    public void Decoding_allocates_nothing()
    {
        var point = Point(new RegisterFormat(RegisterType.Uint32), 0xFFFFFFFF) with { ScaleFactor = 2, Plausible = new(0, 1e9) };
        byte[] registers = [0, 1, 0xE2, 0x40, 0xFF, 0xFE];
        RegisterDecoder.TryDecode(point, registers, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) RegisterDecoder.Decode(point, registers, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Zero_is_a_value()
    {
        var format = new RegisterFormat(RegisterType.Uint32);
        Assert.True(RegisterDecoder.TryDecode(Point(format, 0xFFFFFFFF), Registers(0, format), out var value));
        Assert.Equal(0, value);
    }

    static RegisterPoint Point(RegisterFormat format, params ulong[] invalid) =>
        new(Quantity.EnergyImport, MeterFunction.HoldingRegisters, 0, format, new Scaling(1, 1, 0), "kWh", invalid, null);

    static byte[] Registers(ulong raw, RegisterFormat format)
    {
        var registers = new byte[2 * format.Words];
        for (var word = 0; word < format.Words; word++)
        {
            var value = (ushort)(raw >> (16 * (format.Words - 1 - word)));
            var at = registers.AsSpan(2 * (format.LittleWords ? format.Words - 1 - word : word));
            if (format.LittleBytes) BinaryPrimitives.WriteUInt16LittleEndian(at, value);
            else BinaryPrimitives.WriteUInt16BigEndian(at, value);
        }
        return registers;
    }
}
