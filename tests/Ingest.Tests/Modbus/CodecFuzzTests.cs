using System.Diagnostics;
using System.Globalization;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using Xunit.Abstractions;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>
/// Seeded mutations of whole right answers, over every codec there is. The right answer is known, so what passes is compared with it: header,
/// function, lengths and sum. A right answer is what the codec itself takes and what the specification's writer made.
/// ENERGYWATCH_FUZZ is the number of frames of each.
/// </summary>
public sealed class CodecFuzzTests(ITestOutputHelper output)
{
    // No frame is longer, whatever its length field says: a codec that wants more of one would wait for ever.
    const int Longest = 300;

    static readonly int Rounds = int.TryParse(
        Environment.GetEnvironmentVariable("ENERGYWATCH_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : 200_000;

    [Theory, InlineData(true), InlineData(false)]
    public void A_mutated_answer_passes_only_where_nothing_that_names_it_was_changed(bool tcp)
    {
        var codec = FrameCodecs.For(tcp ? ModbusFraming.Tcp : ModbusFraming.RtuOverTcp, MeterProtocol.Modbus)!;
        var seed = 20261120 + (tcp ? 1 : 0);
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        Span<byte> received = new byte[1024];
        var (answers, refused, waiting) = (0, 0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var request = AnyRequest(random);
            var id = (ushort)random.Next(65536);
            var right = SlaveFrames.Of(tcp, id, request.Unit, RightAnswer(request, random));
            var length = Mutate(random, received, right, SlaveFrames.Of(tcp, (ushort)random.Next(65536), request.Unit, RightAnswer(request, random)));
            var match = codec.Match(received[..length], request, id, earlier: random.Next(3));
            switch (match.Verdict)
            {
                case FrameVerdict.NeedMore:
                    waiting++;
                    Assert.True(length < Longest, $"seed {seed}, round {round}: {request} still waits after {length} bytes");
                    break;
                case FrameVerdict.Broken:
                    refused++;
                    Assert.NotNull(match.Fault);
                    break;
                default:
                    Assert.InRange(match.Length, 1, length);
                    if (match.Verdict == FrameVerdict.Older) Assert.True(tcp);
                    else answers++;
                    if (match.Verdict == FrameVerdict.Answer) Assert.True(
                        IsRight(tcp, received[..match.Length], right, request, match),
                        $"seed {seed}, round {round}: {request} took {Convert.ToHexString(received[..match.Length])}, right is {Convert.ToHexString(right)}");
                    break;
            }
        }
        output.WriteLine($"{Rounds} frames in {watch.Elapsed.TotalSeconds:0.0} s: {answers} taken, {refused} refused, {waiting} unfinished");
        Assert.InRange(answers, Rounds / 20, Rounds);
        Assert.InRange(refused, Rounds / 10, Rounds);
    }

    // All but the data must be as it was; on a line with a sum, the data too, unless it is another right answer as a whole.
    static bool IsRight(bool tcp, ReadOnlySpan<byte> taken, ReadOnlySpan<byte> right, MeterRequest request, FrameMatch match)
    {
        var noise = tcp ? 0 : NoiseBefore(request, match);
        if (noise is < 0 or > 4) return false;
        taken = taken[noise..];
        if (!tcp && Crc16.Of(taken[..^2]) != (taken[^2] | (taken[^1] << 8))) return false;
        var pdu = taken[(tcp ? 7 : 1)..(tcp ? taken.Length : taken.Length - 2)];
        if (tcp && !(taken[..2].SequenceEqual(right[..2]) && taken[2] == 0 && taken[3] == 0 && ((taken[4] << 8) | taken[5]) == taken.Length - 6)) return false;
        if (taken[tcp ? 6 : 0] != request.Unit) return false;
        if (match.Exception != ModbusExceptionCode.None)
            return pdu.Length == 2 && pdu[0] == ((int)request.Function | 0x80) && pdu[1] == (byte)match.Exception;
        if (pdu[0] != (byte)request.Function) return false;
        if (request.IsRead)
            return pdu[1] == request.DataLength && pdu.Length == 2 + request.DataLength && match.DataLength == request.DataLength
                && match.DataStart == noise + (tcp ? 9 : 3);
        if (request.IsWrite)
            return pdu.Length == 5 && ((pdu[1] << 8) | pdu[2]) == request.Address
                && (request.Values.Length == 2 && request.Function is MeterFunction.WriteCoil or MeterFunction.WriteRegister
                    ? pdu[3..].SequenceEqual(request.Values.Span) : ((pdu[3] << 8) | pdu[4]) == request.Count);
        return pdu[1] == 0x0E;
    }

    static int NoiseBefore(MeterRequest request, FrameMatch match) =>
        match.Exception != ModbusExceptionCode.None ? match.Length - 5
        : request.IsRead ? match.DataStart - 3 : request.IsWrite ? match.DataStart - 1 : match.DataStart - 4;

    static MeterRequest AnyRequest(Random random)
    {
        var function = (MeterFunction)new[] { 1, 2, 3, 4, 3, 4, 5, 6, 15, 16, 43 }[random.Next(11)];
        var unit = (ulong)random.Next(1, 248);
        if (function == MeterFunction.DeviceIdentification) return new(unit, function, 0, 1);
        var count = (ushort)random.Next(1, function is MeterFunction.WriteCoil or MeterFunction.WriteRegister ? 2 : 124);
        var values = new byte[function switch
        {
            MeterFunction.WriteCoil or MeterFunction.WriteRegister => 2,
            MeterFunction.WriteCoils => (count + 7) / 8,
            MeterFunction.WriteRegisters => 2 * count,
            _ => 0,
        }];
        if (function == MeterFunction.WriteCoil) values[0] = (byte)(random.Next(2) * 0xFF);
        else random.NextBytes(values);
        return new(unit, function, (uint)random.Next(65536 - count), count) { Values = values };
    }

    static byte[] RightAnswer(MeterRequest request, Random random)
    {
        if (random.Next(8) == 0) return [(byte)((int)request.Function | 0x80), (byte)random.Next(1, 12)];
        if (request.IsRead)
        {
            var pdu = new byte[2 + request.DataLength];
            random.NextBytes(pdu);
            (pdu[0], pdu[1]) = ((byte)request.Function, (byte)request.DataLength);
            return pdu;
        }
        if (!request.IsWrite) // V1.1b3 section 6.21: one object, "Ab"
            return [0x2B, 0x0E, 1, 1, 0, 0, 1, 0, 2, 0x41, 0x62];
        byte[] head = [(byte)request.Function, (byte)(request.Address >> 8), (byte)request.Address];
        return request.Function is MeterFunction.WriteCoil or MeterFunction.WriteRegister
            ? [.. head, .. request.Values.Span] : [.. head, (byte)(request.Count >> 8), (byte)request.Count];
    }

    // Flip, set, cut, put in, take out, a lie in the head, or the front of one frame and the back of another.
    static int Mutate(Random random, Span<byte> to, ReadOnlySpan<byte> right, ReadOnlySpan<byte> other)
    {
        right.CopyTo(to);
        var length = right.Length;
        for (var left = random.Next(4); left > 0; left--)
        {
            var at = random.Next(length);
            switch (random.Next(8))
            {
                case 0: to[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: to[at] = (byte)random.Next(256); break;
                case 2: length = Math.Max(1, at); break;
                case 3:
                    to[at..length].CopyTo(to[(at + 1)..]);
                    to[at] = (byte)random.Next(256);
                    length++;
                    break;
                case 4 when length > 1:
                    to[(at + 1)..length].CopyTo(to[at..]);
                    length--;
                    break;
                case 5: to[random.Next(Math.Min(10, length))] = (byte)random.Next(256); break;
                case 6:
                    var from = random.Next(other.Length);
                    other[from..].CopyTo(to[at..]);
                    length = at + other.Length - from;
                    break;
                default:
                    right.CopyTo(to[length..]);
                    length += right.Length;
                    left = 1;
                    break;
            }
        }
        return length;
    }
}
