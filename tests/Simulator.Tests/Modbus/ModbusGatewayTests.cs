using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Simulator.County;
using EnergyWatch.Simulator.Metering;
using EnergyWatch.Simulator.Modbus;
using EnergyWatch.Support;
using YamlDotNet.RepresentationModel;

namespace EnergyWatch.Simulator.Tests.Modbus;

public sealed class ModbusGatewayTests
{
    static readonly TestClock Clock = new(new DateTimeOffset(2026, 9, 9, 2, 0, 0, TimeSpan.Zero));
    static readonly LiveCounty County = new(Clock.Instant);
    static readonly ModbusAnswers Answers = new(
        new Dictionary<byte, ModbusUnit>
        {
            [1] = Unit("JG-01-E1", "eastron-sdm630"), [5] = Unit("JG-01-E1", "acrel-dtsd1352"), [2] = Unit("XX-03-PV", "sungrow-sg"), [3] = Unit("JG-03-W1", "generic-water-uint32"),
            [4] = Unit(Faults.LongGap.Meter, "eastron-sdm630"),
        }, Clock);

    [Fact]
    public void A_float_register_holds_the_counter()
    {
        var answer = Ask(1, function: 4, address: 0x48, count: 2);
        Assert.Equal(0x0104, BinaryPrimitives.ReadUInt16BigEndian(answer));
        Assert.Equal(4, answer[2]);
        Assert.Equal((float)Live("JG-01-E1", Quantity.EnergyImport), BinaryPrimitives.ReadSingleBigEndian(answer.AsSpan(3)));
    }

    [Fact]
    public void A_block_holds_every_point_and_zero_between_them()
    {
        var answer = Ask(1, function: 4, address: 0, count: 76);
        Assert.Equal(152, answer[2]);
        Assert.InRange(BinaryPrimitives.ReadSingleBigEndian(answer.AsSpan(3)), 225, 240);
        Assert.Equal((float)(Secondary("JG-01-E1", Quantity.Power) * 1000), BinaryPrimitives.ReadSingleBigEndian(answer.AsSpan(3 + 2 * 0x34)));
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(3 + 2 * 0x0C)));
    }

    [Fact]
    public void A_meter_behind_a_transformer_shows_its_own_side()
    {
        var energy = Ask(5, function: 3, address: 0x0A, count: 2);
        Assert.Equal(Math.Floor(Live("JG-01-E1", Quantity.EnergyImport) * 100 + 1e-6), BinaryPrimitives.ReadUInt32BigEndian(energy.AsSpan(3)));
        var power = Ask(5, function: 3, address: 0x016A, count: 2);
        Assert.Equal(Secondary("JG-01-E1", Quantity.Power) * 1000, BinaryPrimitives.ReadInt32BigEndian(power.AsSpan(3)), 0.5);
        // A 5 A transformer never gives its meter more than what its rating bears, however large the building.
        var currents = Ask(5, function: 3, address: 0x64, count: 3);
        Assert.InRange(BinaryPrimitives.ReadUInt16BigEndian(currents.AsSpan(3)), 1, 600);
    }

    [Fact]
    public void A_read_may_begin_in_the_middle_of_a_number() =>
        Assert.Equal(Ask(1, function: 4, address: 0x48, count: 2)[5..7], Ask(1, function: 4, address: 0x49, count: 1)[3..5]);

    [Fact]
    public void Words_are_turned_where_the_model_says_so()
    {
        var answer = Ask(2, function: 4, address: 5003, count: 2);
        var low = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(3));
        var high = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(5));
        Assert.Equal(Math.Floor(Live("XX-03-PV", Quantity.PvEnergy)), low + 65_536.0 * high);
    }

    [Theory]
    [InlineData(9, 4, 0x48, 2, 0x0B)]
    [InlineData(4, 4, 0x48, 2, 0x0B)]
    [InlineData(1, 4, 0x4C, 2, 2)]
    [InlineData(1, 4, 0x4B, 2, 2)]
    [InlineData(1, 3, 0x48, 2, 2)]
    [InlineData(1, 6, 0x48, 2, 1)]
    [InlineData(1, 4, 0x48, 0, 3)]
    [InlineData(1, 4, 0x48, 126, 3)]
    public void What_is_not_there_is_refused(byte unit, byte function, ushort address, ushort count, byte code)
    {
        var answer = Ask(unit, function, address, count);
        Assert.Equal([unit, (byte)(function | 0x80), code], answer);
    }

    [Fact]
    public async Task A_socket_gets_its_own_transaction_back()
    {
        using var gateway = new ModbusGateway(new IPEndPoint(IPAddress.Loopback, 0), Answers);
        using var stop = new CancellationTokenSource();
        var running = gateway.RunAsync(stop.Token);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Port);
        byte[] request = [0xAB, 0xCD, 0, 0, 0, 6, 3, 3, 0, 0, 0, 2];
        await client.GetStream().WriteAsync(request);
        var answer = new byte[13];
        await client.GetStream().ReadExactlyAsync(answer);
        Assert.Equal([0xAB, 0xCD, 0, 0, 0, 7, 3, 3, 4], answer[..9]);
        Assert.Equal((uint)Math.Round(Live("JG-03-W1", Quantity.Volume) * 100, MidpointRounding.AwayFromZero), BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(9)));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_serial_server_passes_frames_on_and_says_nothing_for_who_is_not_there_or_did_not_understand()
    {
        using var gateway = new ModbusGateway(new IPEndPoint(IPAddress.Loopback, 0), Answers, GatewayFraming.RtuOverTcp);
        using var stop = new CancellationTokenSource();
        var running = gateway.RunAsync(stop.Token);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Port);
        byte[] spoilt = [3, 3, 0, 0, 0, 2, 0xC5, 0xE8];
        byte[] toNobody = [9, 4, 0, 0x48, 0, 2, 0xF0, 0x95];
        byte[] write = [3, 16, 0, 0, 0, 1, 2, 0, 7, 0xFE, 0xF2];
        byte[] read = [3, 3, 0, 0, 0, 2, 0xC5, 0xE9];
        foreach (var request in new[] { spoilt, toNobody, write, read }) await client.GetStream().WriteAsync(request);
        var answers = new byte[5 + 9];
        await client.GetStream().ReadExactlyAsync(answers);
        Assert.Equal([3, 0x90, 1, 0x2C, 0x00], answers[..5]);
        Assert.Equal([3, 3, 4], answers[5..8]);
        Assert.Equal((uint)Math.Round(Live("JG-03-W1", Quantity.Volume) * 100, MidpointRounding.AwayFromZero), BinaryPrimitives.ReadUInt32BigEndian(answers.AsSpan(8)));
        Assert.Equal(Crc16.Of(answers.AsSpan(5, 7)), BinaryPrimitives.ReadUInt16LittleEndian(answers.AsSpan(12)));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public void A_check_sum_is_that_of_the_serial_line_document() =>
        Assert.Equal(0x1241, Crc16.Of([0x02, 0x07])); // V1.02 §6.2.2: on the wire 41 12

    [Theory]
    [InlineData("modbus_tcp", nameof(GatewayFraming.Tcp))]
    [InlineData("modbus_rtu_over_tcp", nameof(GatewayFraming.RtuOverTcp))]
    public void A_gateway_is_framed_as_its_kind_in_the_seeds_says(string kind, string framing)
    {
        using var seeds = new TempFolder();
        foreach (var file in new[] { "meters.csv", "gateways.csv" })
            File.WriteAllText(
                seeds.File(file), File.ReadAllText(Repository.PathOf("seeds", "demo-county", file)).Replace("modbus_tcp", kind, StringComparison.Ordinal));
        var wiring = SeedWiring.Read(new DirectoryInfo(seeds.Path), County);
        Assert.Equal(8, wiring.Modbus.Count);
        Assert.All(wiring.Modbus, gateway => Assert.Equal(framing, $"{gateway.Framing}"));
    }

    /// <summary>The self-tests of the model files, the other way round: value in, registers out.</summary>
    [Fact]
    public void Values_are_encoded_as_the_models_self_tests_show()
    {
        var tested = 0;
        foreach (var file in Directory.GetFiles(Repository.PathOf("seeds", "models"), "*.yaml"))
        {
            using var reader = new StreamReader(file);
            var yaml = new YamlStream();
            yaml.Load(reader);
            var root = (YamlMappingNode)yaml.Documents[0].RootNode;
            if (!MeterModels.CanPlay(root)) continue;
            var model = MeterModels.Named(Path.GetFileNameWithoutExtension(file));
            foreach (var test in ((YamlSequenceNode)root["self_tests"]).Cast<YamlMappingNode>())
            {
                if (!double.TryParse(test["value"].ToString(), CultureInfo.InvariantCulture, out var value)) continue;
                Assert.True(Quantities.TryParse(test["key"].ToString(), out var quantity));
                var words = ((YamlSequenceNode)test["words"]).Select(word => Convert.ToUInt16(word.ToString(), 16)).ToArray();
                var encoded = new byte[8];
                var point = model.Point(quantity)!;
                point.Encode(value, encoded);
                var written = words.Select((_, i) => BinaryPrimitives.ReadUInt16BigEndian(encoded.AsSpan(2 * i))).ToArray();
                // A float that a real meter sent may be the neighbour of the one that is nearest to the decimal.
                if (point.Type == "float32") Assert.InRange(Bits(written) - Bits(words), -1, 1);
                else Assert.Equal(words, written);
                tested++;
            }
        }
        Assert.InRange(tested, 40, 1_000);
    }

    [Fact]
    public void Every_model_of_the_county_shows_the_counter_its_meter_is_there_for()
    {
        foreach (var meter in County.Instruments.Where(meter => meter.Plan.Model is not null))
        {
            var model = MeterModels.Named(meter.Plan.Model!);
            Assert.NotNull(model.Point(meter.Main));
            if (meter.SilentAt(Clock.Instant)) continue;
            foreach (var point in model.Points) Assert.True(meter.Read(point.Quantity, Clock.Instant) is not null, $"{meter.Plan.Code} {point.Quantity}");
        }
    }

    static double Live(string code, Quantity quantity) => County.ByCode[code].Read(quantity, Clock.Instant)!.Value;

    static int Bits(ushort[] words) => words[0] << 16 | words[1];

    static double Secondary(string code, Quantity quantity) => Live(code, quantity) / County.ByCode[code].Plan.Wiring.Multiplier;

    static ModbusUnit Unit(string code, string model) => new(County.ByCode[code], MeterModels.Named(model));

    static byte[] Ask(byte unit, byte function, ushort address, ushort count)
    {
        byte[] request = [unit, function, (byte)(address >> 8), (byte)address, (byte)(count >> 8), (byte)count];
        var answer = new byte[260];
        return answer[..Answers.Answer(request, answer)];
    }
}
