using System.Diagnostics;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using Xunit.Abstractions;

namespace EnergyWatch.Ingest.Tests.Modbus.Fuzz;

/// <summary>
/// Streams as they come, piece by piece: whatever they hold, and whatever lengths they promise, each decoder has made up its mind once the
/// longest frame behind the most noise has come, and never throws before. ENERGYWATCH_FUZZ is the number of streams of each.
/// </summary>
public sealed class WaitBoundFuzzTests(ITestOutputHelper output)
{
    // MODBUS on TCP/IP V1.0b section 4.1; Serial Line V1.02 section 2.5.1; DL/T 645 and CJ/T 188: header, 200 bytes, sum and end.
    const int LongestTcp = 260, LongestRtu = 256, LongestDlt645 = 10 + 200 + 2, LongestCjt188 = 11 + 200 + 2;
    const int MostNoise = 64;

    static readonly int Rounds = FuzzRounds.Or(50_000);

    [Theory]
    [InlineData(ModbusFraming.Tcp, MeterProtocol.Modbus, LongestTcp)]
    [InlineData(ModbusFraming.RtuOverTcp, MeterProtocol.Modbus, LongestRtu)]
    [InlineData(ModbusFraming.RtuOverTcp, MeterProtocol.Dlt645Of2007, MostNoise + LongestDlt645)]
    [InlineData(ModbusFraming.RtuOverTcp, MeterProtocol.Dlt645Of1997, MostNoise + LongestDlt645)]
    [InlineData(ModbusFraming.RtuOverTcp, MeterProtocol.Cjt188, MostNoise + LongestCjt188)]
    public void No_stream_is_waited_on_for_longer_than_the_longest_frame(ModbusFraming framing, MeterProtocol protocol, int longest)
    {
        var codec = FrameCodecs.For(framing, protocol)!;
        var seed = 20261120 + longest + (int)protocol;
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        var stream = new byte[longest];
        var (most, answers, matched) = (0, 0, 0L);
        for (var round = 0; round < Rounds; round++)
        {
            var request = Questions.Any(random, protocol);
            var id = (ushort)random.Next(65536);
            Fill(random, stream, codec, request, id);
            var length = 0;
            var match = FrameMatch.NeedMore;
            while (match.Verdict == FrameVerdict.NeedMore && length < longest)
            {
                length = Math.Min(longest, length + random.Next(1, 130));
                match = codec.Match(stream.AsSpan(0, length), request, id, earlier: 1);
                matched++;
            }
            if (match.Verdict == FrameVerdict.Answer) answers++;
            most = Math.Max(most, length);
            Assert.True(
                match.Verdict != FrameVerdict.NeedMore && match.Length <= length,
                $"seed {seed}, round {round}: {request} has {match} of {Convert.ToHexString(stream)}");
        }
        output.WriteLine($"{Rounds} streams, {matched} looks in {watch.Elapsed.TotalSeconds:0.0} s: decided after {most} bytes at most, {answers} answers");
        Assert.InRange(most, longest / 2, longest);
        Assert.InRange(answers, 1, Rounds / 2);
    }

    [Theory]
    [InlineData(MeterProtocol.Dlt645Of2007)]
    [InlineData(MeterProtocol.Dlt645Of1997)]
    [InlineData(MeterProtocol.Cjt188)]
    public void An_answer_behind_wake_up_bytes_is_one_when_it_is_whole_and_not_before(MeterProtocol protocol)
    {
        var codec = FrameCodecs.For(ModbusFraming.RtuOverTcp, protocol)!;
        var random = new Random(20261120 + (int)protocol);
        var stream = new byte[400];
        for (var round = 0; round < Rounds / 20; round++)
        {
            var request = Questions.Any(random, protocol);
            var id = (ushort)random.Next(65536);
            var wakeUps = random.Next(MostNoise + 1);
            stream.AsSpan(0, wakeUps).Fill(0xFE);
            var length = wakeUps + Questions.Answer(random, stream.AsSpan(wakeUps), request, id);
            for (var came = 1; came < length; came++)
                Assert.Equal(FrameVerdict.NeedMore, codec.Match(stream.AsSpan(0, came), request, id, 0).Verdict);
            random.NextBytes(stream.AsSpan(length));
            var match = codec.Match(stream.AsSpan(0, length + random.Next(20)), request, id, 0);
            Assert.Equal((FrameVerdict.Answer, length, (int)request.Count), (match.Verdict, match.Length, match.DataLength));
        }
    }

    // Noise, noise that is full of beginnings, or a right answer with a lie where its length is; and whatever behind it.
    static void Fill(Random random, Span<byte> stream, IFrameCodec codec, MeterRequest request, ushort id)
    {
        random.NextBytes(stream);
        var kind = random.Next(4);
        if (kind == 0) return;
        if (kind == 1)
        {
            foreach (ref var octet in stream)
                if (random.Next(3) > 0) octet = new byte[] { 0x68, 0x68, 0xFE, 0x16, 0x00, 0xC8, 0xC9, 0xFF, (byte)request.Meter, 0x03 }[random.Next(10)];
            return;
        }
        var noise = request.Protocol == MeterProtocol.Modbus ? 0 : random.Next(3) switch { 0 => 0, 1 => random.Next(8), _ => MostNoise };
        var frame = stream[noise..];
        var length = request.Protocol == MeterProtocol.Modbus
            ? SlaveFrames.Write(codec is MbapFrame, frame, id, request.Unit, SlaveFrames.OwnAddresses((byte)request.Function, (ushort)request.Address, request.Count))
            : Questions.Answer(random, frame, request, id);
        if (kind == 2) frame[LengthAt(codec, request)] = (byte)random.Next(256);
        if (random.Next(3) == 0) frame[random.Next(length)] = (byte)random.Next(256);
    }

    static int LengthAt(IFrameCodec codec, MeterRequest request) => request.Protocol switch
    {
        MeterProtocol.Modbus => codec is MbapFrame ? 5 : 2,
        MeterProtocol.Cjt188 => 10,
        _ => 9,
    };
}
