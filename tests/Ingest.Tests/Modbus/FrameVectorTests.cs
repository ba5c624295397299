using System.Globalization;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class FrameVectorTests
{
    public static TheoryData<FrameVector> Vectors => [.. FrameVector.All];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_request_is_written_as_the_vector_says(FrameVector vector)
    {
        var frame = new byte[260];
        var length = vector.Codec.Write(frame, vector.Request, vector.Id);
        Assert.Equal(vector.RequestHex, Convert.ToHexString(frame.AsSpan(0, length)));
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void What_came_is_judged_as_the_vector_says(FrameVector vector)
    {
        var received = Convert.FromHexString(vector.ReceivedHex);
        var match = vector.Codec.Match(received, vector.Request, vector.Id, vector.Earlier);
        Assert.Equal(vector.Verdict, Shown(match));
        if (vector.Verdict == "answer") Assert.Equal(vector.Data, Data(match, received));
        if (match.Verdict is FrameVerdict.Answer or FrameVerdict.Older) Assert.Equal(received.Length, match.Length);
        Assert.Equal(match.Verdict == FrameVerdict.Broken, match.Fault is not null);
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_frame_that_came_in_part_is_waited_for_and_what_follows_it_is_left_alone(FrameVector vector)
    {
        if (!vector.Verdict.StartsWith("answer", StringComparison.Ordinal)) return;
        var received = Convert.FromHexString(vector.ReceivedHex + "DEADBEEF");
        var whole = received.Length - 4;
        for (var length = 0; length < whole; length++)
            Assert.Equal(FrameVerdict.NeedMore, vector.Codec.Match(received.AsSpan(0, length), vector.Request, vector.Id, vector.Earlier).Verdict);
        var match = vector.Codec.Match(received, vector.Request, vector.Id, vector.Earlier);
        Assert.Equal((FrameVerdict.Answer, whole), (match.Verdict, match.Length));
    }

    [Fact]
    public void The_check_sum_is_that_of_the_specifications_example() =>
        Assert.Equal(0x1241, Crc16.Of([0x02, 0x07])); // Serial Line V1.02 section 6.2.2

    [Theory]
    [InlineData(5, 1, 1, "FF00", null), InlineData(5, 1, 1, "1234", "FF00 (on) or 0000 (off)"), InlineData(5, 1, 2, "FF00", "the count must be 1 to 1")]
    [InlineData(6, 1, 1, "0001", null), InlineData(6, 1, 1, "01", "the values must be 2 bytes")]
    [InlineData(15, 1, 10, "CD01", null), InlineData(15, 1, 10, "CD", "2 bytes"), InlineData(15, 1, 1969, "CD", "1 to 1968")]
    [InlineData(16, 1, 1, "0001", null), InlineData(16, 1, 2, "0001", "4 bytes"), InlineData(16, 1, 124, "00", "1 to 123")]
    [InlineData(1, 0, 2000, "", null), InlineData(1, 1, 2001, "", "1 to 2000"), InlineData(3, 1, 126, "", "1 to 125"), InlineData(4, 1, 0, "", "1 to 125")]
    [InlineData(43, 1, 4, "", null), InlineData(43, 1, 5, "", "code from 1 to 4"), InlineData(7, 1, 1, "", "no such function"), InlineData(0, 1, 1, "", "no such function")]
    [InlineData(3, 256, 1, "", "from 0 to 255")]
    public void What_modbus_does_not_know_is_refused_in_words(int function, int unit, int count, string values, string? objection)
    {
        var request = new MeterRequest((ulong)unit, (MeterFunction)function, 0, (ushort)count) { Values = Convert.FromHexString(values) };
        foreach (var codec in new IFrameCodec[] { MbapFrame.Codec, RtuFrame.Codec })
        {
            if (objection is null) Assert.Null(codec.Objection(request));
            else Assert.Contains(objection, codec.Objection(request), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(MeterFunction.WriteRegister), InlineData(MeterFunction.WriteRegisters)]
    public void Unit_0_is_everybody_on_a_bus_and_the_server_itself_on_Modbus_TCP(MeterFunction function)
    {
        var write = new MeterRequest(0, function, 0, 1) { Values = new byte[2] };
        Assert.Contains("every meter at once", RtuFrame.Codec.Objection(write), StringComparison.Ordinal);
        Assert.Null(MbapFrame.Codec.Objection(write));
    }

    // A line that turns round brings a byte or two.
    [Theory]
    [InlineData("00"), InlineData("FF"), InlineData("01"), InlineData("0103"), InlineData("010304"), InlineData("0183"), InlineData("FF00FF00")]
    public void A_little_noise_before_a_serial_frame_is_passed_over(string noise)
    {
        var request = new MeterRequest(1, MeterFunction.HoldingRegisters, 0, 2);
        var before = Convert.FromHexString(noise);
        foreach (var (pdu, data) in new[] { ("030412345678", "12345678"), ("8302", "") })
        {
            byte[] received = [.. before, .. SlaveFrames.Of(false, 0, 1, Convert.FromHexString(pdu))];
            for (var length = 0; length < received.Length; length++)
                Assert.Equal(FrameVerdict.NeedMore, RtuFrame.Codec.Match(received.AsSpan(0, length), request, 1, 0).Verdict);
            var match = RtuFrame.Codec.Match(received, request, 1, 0);
            Assert.Equal((FrameVerdict.Answer, received.Length), (match.Verdict, match.Length));
            if (data.Length > 0) Assert.Equal(data, Data(match, received));
        }
    }

    [Theory]
    [InlineData("0000000000", "0103041234567881C1")] // more than noise
    [InlineData("00", "02030412345678")] // another unit behind it
    public void What_is_no_noise_before_a_frame_is_not_passed_over(string noise, string frame)
    {
        var received = Convert.FromHexString(noise + frame);
        Assert.Equal(FrameVerdict.Broken, RtuFrame.Codec.Match(received, new(1, MeterFunction.HoldingRegisters, 0, 2), 1, 0).Verdict);
    }

    [Fact]
    public void A_code_that_no_specification_knows_is_told_as_the_number_it_is()
    {
        for (var code = 1; code < 256; code++)
        {
            var match = MbapFrame.Codec.Match([0, 1, 0, 0, 0, 3, 1, 0x83, (byte)code], new(1, MeterFunction.HoldingRegisters, 0, 2), 1, 0);
            Assert.StartsWith($"exception {code}", match.Exception.InWords(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_vectors_hold_every_verdict_for_both_framings() =>
        Assert.Equal(9, FrameVector.All.Select(vector => (vector.Framing, vector.Verdict.Split(' ')[0])).Distinct().Count());

    static string Shown(FrameMatch match) => match.Verdict switch
    {
        FrameVerdict.NeedMore => "more",
        FrameVerdict.Older => "older",
        FrameVerdict.Broken => "broken",
        _ when match.Exception != ModbusExceptionCode.None => $"exception {(int)match.Exception}",
        _ => "answer",
    };

    static string Data(FrameMatch match, byte[] received) =>
        Convert.ToHexString(received.AsSpan(match.DataStart, match.DataLength));
}

public sealed record FrameVector(
    string Name, string Framing, ushort Id, int Earlier, MeterRequest Request, string RequestHex, string ReceivedHex, string Verdict, string Data)
{
    public static IReadOnlyList<FrameVector> All { get; } =
    [
        .. Lines("frames.csv").Select(Parse),
        .. Lines("functions.csv").Select(Parse),
    ];

    internal IFrameCodec Codec => Framing == "tcp" ? MbapFrame.Codec : RtuFrame.Codec;

    public override string ToString() => $"{Framing} {Name}";

    static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Repository.PathOf("tests", "Vectors", "modbus", file)).Where(line => line.Length > 0 && line[0] != '#').Skip(1);

    static FrameVector Parse(string line)
    {
        var cells = line.Split(',');
        ushort Number(int cell) => ushort.Parse(cells[cell], CultureInfo.InvariantCulture);
        var request = new MeterRequest((byte)Number(5), (MeterFunction)Number(6), Number(7), Number(8))
        {
            Values = cells.Length > 13 ? Convert.FromHexString(cells[13]) : default(ReadOnlyMemory<byte>),
        };
        return new(cells[0], cells[2], Number(3), Number(4), request, cells[9], cells[10], cells[11], cells[12]);
    }
}
