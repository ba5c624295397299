using System.Globalization;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class ItemFrameVectorTests
{
    public static TheoryData<ItemFrameVector> Vectors => [.. ItemFrameVector.All];

    [Theory, MemberData(nameof(Vectors))]
    public void The_request_is_written_as_the_vector_says(ItemFrameVector vector)
    {
        var frame = new byte[260];
        Assert.Null(vector.Codec.Objection(vector.Request));
        var length = vector.Codec.Write(frame, vector.Request, vector.Id);
        Assert.Equal(vector.RequestHex, Convert.ToHexString(frame.AsSpan(0, length)));
    }

    [Theory, MemberData(nameof(Vectors))]
    public void What_came_is_judged_as_the_vector_says(ItemFrameVector vector)
    {
        var received = Convert.FromHexString(vector.ReceivedHex);
        var match = vector.Codec.Match(received, vector.Request, vector.Id, 0);
        var (verdict, words) = vector.Verdict.StartsWith("broken", StringComparison.Ordinal) ? ("broken", vector.Verdict[6..].Trim()) : (vector.Verdict, "");
        Assert.Equal(verdict, Shown(match));
        Assert.Equal(vector.Data, Convert.ToHexString(Data(match, received)));
        if (match.Verdict is FrameVerdict.Answer or FrameVerdict.Older) Assert.Equal(received.Length, match.Length);
        if (match.Verdict == FrameVerdict.Broken) Assert.Contains(words, match.Fault, StringComparison.Ordinal);
        else Assert.Null(match.Fault);
    }

    [Theory, MemberData(nameof(Vectors))]
    public void An_answer_that_came_in_part_is_waited_for_and_what_follows_it_is_left_alone(ItemFrameVector vector)
    {
        if (vector.Verdict != "answer" && !vector.Verdict.StartsWith("exception", StringComparison.Ordinal)) return;
        var received = Convert.FromHexString(vector.ReceivedHex + "DEADBEEF");
        var whole = received.Length - 4;
        for (var length = 0; length < whole; length++)
            Assert.Equal(FrameVerdict.NeedMore, vector.Codec.Match(received.AsSpan(0, length), vector.Request, vector.Id, 0).Verdict);
        var match = vector.Codec.Match(received, vector.Request, vector.Id, 0);
        Assert.Equal((FrameVerdict.Answer, whole), (match.Verdict, match.Length));
    }

    [Fact]
    public void The_vectors_hold_every_verdict_for_every_protocol() =>
        Assert.Equal(
            15, ItemFrameVector.All.Select(vector => (vector.Request.Protocol, vector.Verdict.Split(' ')[0])).Distinct().Count());

    [Fact]
    public void A_question_that_the_protocol_does_not_have_is_not_asked()
    {
        var request = ItemFrameVector.All[0].Request;
        var codec = ItemFrameVector.All[0].Codec;
        Assert.Contains("data items only", codec.Objection(request with { Function = MeterFunction.HoldingRegisters }), StringComparison.Ordinal);
        Assert.Contains("12 digits", codec.Objection(request with { Meter = 1UL << 48 }), StringComparison.Ordinal);
        var of1997 = FrameCodecs.For(ModbusFraming.RtuOverTcp, MeterProtocol.Dlt645Of1997)!;
        Assert.Contains("2 bytes", of1997.Objection(request with { Protocol = MeterProtocol.Dlt645Of1997 }), StringComparison.Ordinal);
        var water = FrameCodecs.For(ModbusFraming.RtuOverTcp, MeterProtocol.Cjt188)!;
        Assert.Contains("kind of meter", water.Objection(request with { Address = 0x901F }), StringComparison.Ordinal);
        Assert.Contains("14 digits", water.Objection(request with { Meter = 1UL << 56 }), StringComparison.Ordinal);
        Assert.Null(FrameCodecs.For(ModbusFraming.Tcp, MeterProtocol.Cjt188));
    }

    static string Shown(FrameMatch match) => match.Verdict switch
    {
        FrameVerdict.NeedMore => "more",
        FrameVerdict.Older => "older",
        FrameVerdict.Broken => "broken",
        _ when match.Exception != ModbusExceptionCode.None => $"exception {(int)match.Exception}",
        _ => "answer",
    };

    static byte[] Data(FrameMatch match, byte[] received) =>
        [.. received.AsSpan(match.DataStart, match.DataLength).ToArray().Select(octet => (byte)(octet - match.Mask))];
}

public sealed record ItemFrameVector(
    string Name, ushort Id, MeterRequest Request, string RequestHex, string ReceivedHex, string Verdict, string Data)
{
    public static IReadOnlyList<ItemFrameVector> All { get; } =
    [
        .. new[] { "dlt645", "cjt188" }.SelectMany(topic => File.ReadLines(Repository.PathOf("tests", "Vectors", topic, "frames.csv"))
            .Where(line => line.Length > 0 && line[0] != '#').Skip(1)).Select(Parse),
    ];

    internal IFrameCodec Codec => FrameCodecs.For(ModbusFraming.RtuOverTcp, Request.Protocol)!;

    public override string ToString() => $"{Request.Protocol} {Name}";

    static ItemFrameVector Parse(string line)
    {
        var cells = line.Split(',');
        var protocol = DataItems.Protocols[cells[2]];
        Assert.True(MeterAddress.TryParse(protocol, cells[4], out var meter));
        var request = new MeterRequest(
            meter, MeterFunction.DataItem, uint.Parse(cells[5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            ushort.Parse(cells[6], CultureInfo.InvariantCulture)) { Protocol = protocol };
        return new(cells[0], ushort.Parse(cells[3], CultureInfo.InvariantCulture), request, cells[7], cells[8], cells[9], cells[10]);
    }
}
