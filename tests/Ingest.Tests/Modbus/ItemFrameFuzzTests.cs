using System.Globalization;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>
/// Seeded mutations of good frames of DL/T 645 and CJ/T 188: no decoder throws, and what passes for an answer holds, wherever in the noise it
/// stands, a whole frame of the meter, the item and (CJ/T 188) the question, that sums up.
/// </summary>
public sealed class ItemFrameFuzzTests
{
    static readonly int Rounds = int.TryParse(
        Environment.GetEnvironmentVariable("ENERGYWATCH_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : 300_000;

    [Theory]
    [InlineData(MeterProtocol.Dlt645Of2007, 1)]
    [InlineData(MeterProtocol.Dlt645Of1997, 2)]
    [InlineData(MeterProtocol.Cjt188, 3)]
    public void Mutated_frames_never_throw_and_never_pass_wrongly(MeterProtocol protocol, int seed)
    {
        var codec = FrameCodecs.For(ModbusFraming.RtuOverTcp, protocol)!;
        var random = new Random(20261120 + seed);
        var buffer = new byte[600];
        var (answers, refused, broken) = (0, 0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var request = Question(random, protocol);
            var id = (ushort)random.Next(65536);
            var length = Mutate(random, buffer, Good(random, buffer, request, id));
            var match = codec.Match(buffer.AsSpan(0, length), request, id, 0);
            if (match.Verdict == FrameVerdict.Broken) broken++;
            if (match.Verdict is FrameVerdict.Answer or FrameVerdict.Older) Assert.InRange(match.Length, 1, length);
            if (match.Verdict != FrameVerdict.Answer) continue;
            if (match.Exception == ModbusExceptionCode.None) answers++;
            else refused++;
            Assert.True(IsOurs(buffer.AsSpan(0, match.Length), match, request, id), Convert.ToHexString(buffer.AsSpan(0, length)));
        }
        Assert.True(answers > Rounds / 4 && refused > Rounds / 40 && broken > Rounds / 10, $"{answers} answers, {refused} refusals, {broken} broken");
    }

    static MeterRequest Question(Random random, MeterProtocol protocol)
    {
        var item = protocol switch
        {
            MeterProtocol.Dlt645Of2007 => (uint)random.NextInt64(1L << 32),
            MeterProtocol.Dlt645Of1997 => (uint)random.Next(1 << 16),
            _ => (uint)random.Next(1 << 16) | (uint)random.Next(1, 256) << 16,
        };
        var meter = (ulong)random.NextInt64(1L << (4 * MeterAddress.DigitsOf(protocol)));
        return new(meter, MeterFunction.DataItem, item, (ushort)random.Next(1, 60)) { Protocol = protocol };
    }

    // A meter's frame by the layouts of the standards, not by the codec: wake-up bytes, then data, or one in eight a refusal.
    static int Good(Random random, byte[] buffer, MeterRequest request, ushort id)
    {
        var water = request.Protocol == MeterProtocol.Cjt188;
        var read = request.Protocol == MeterProtocol.Dlt645Of2007 ? 0x11 : 0x01;
        List<byte> frame = water ? [0x68, (byte)(request.Address >> 16)] : [0x68];
        for (var digits = 0; digits < MeterAddress.DigitsOf(request.Protocol); digits += 2) frame.Add((byte)(request.Meter >> (4 * digits)));
        if (!water) frame.Add(0x68);
        var data = new List<byte>();
        if (random.Next(8) == 0)
        {
            frame.Add((byte)(read | 0xC0));
            data.Add((byte)random.Next(8));
        }
        else
        {
            frame.Add((byte)(read | 0x80));
            for (var i = 0; i < (request.Protocol == MeterProtocol.Dlt645Of2007 ? 4 : 2); i++) data.Add((byte)(request.Address >> (8 * i)));
            if (water) data.Add((byte)(id - 1));
            for (var i = 0; i < request.Count; i++) data.Add((byte)random.Next(256));
        }
        frame.Add((byte)data.Count);
        frame.AddRange(data.Select(octet => (byte)(water ? octet : octet + 0x33)));
        frame.Add((byte)frame.Sum(octet => octet));
        frame.Add(0x16);
        var wakeUps = random.Next(5);
        Array.Fill(buffer, (byte)0xFE, 0, wakeUps);
        frame.CopyTo(buffer, wakeUps);
        return wakeUps + frame.Count;
    }

    static int Mutate(Random random, byte[] buffer, int length)
    {
        for (var mutations = random.Next(3); mutations > 0; mutations--)
        {
            switch (random.Next(6))
            {
                case 0: buffer[random.Next(length)] = (byte)random.Next(256); break;
                case 1: buffer[random.Next(length)] ^= (byte)(1 << random.Next(8)); break;
                case 2: length = random.Next(1, length + 1); break;
                case 3: buffer[random.Next(length)] = 0x68; break;
                case 4:
                    buffer.AsSpan(0, length).CopyTo(buffer.AsSpan(1));
                    length++;
                    break;
                default:
                    buffer[length] = (byte)random.Next(256);
                    length++;
                    break;
            }
        }
        return length;
    }

    static bool IsOurs(ReadOnlySpan<byte> frame, FrameMatch match, MeterRequest request, ushort id)
    {
        for (var start = 0; start < frame.Length; start++)
            if (frame[start] == 0x68 && IsFrame(frame[start..], match, request, id, start)) return true;
        return false;
    }

    static bool IsFrame(ReadOnlySpan<byte> frame, FrameMatch match, MeterRequest request, ushort id, int start)
    {
        var water = request.Protocol == MeterProtocol.Cjt188;
        var header = water ? 11 : 10;
        if (frame.Length < header + 2 || frame.Length != header + frame[header - 1] + 2 || frame[^1] != 0x16) return false;
        var sum = 0;
        foreach (var octet in frame[..^2]) sum += octet;
        if ((byte)sum != frame[^2] || (water ? frame[1] != (byte)(request.Address >> 16) : frame[7] != 0x68)) return false;
        for (var i = 0; i < MeterAddress.DigitsOf(request.Protocol) / 2; i++)
            if (frame[(water ? 2 : 1) + i] != (byte)(request.Meter >> (8 * i))) return false;
        var read = request.Protocol == MeterProtocol.Dlt645Of2007 ? 0x11 : 0x01;
        var control = frame[header - 2];
        if (match.Exception != ModbusExceptionCode.None && control == (read | 0xC0)) return true;
        if (match.Exception == ModbusExceptionCode.None && control != (read | 0x80)) return false;
        var name = request.Protocol == MeterProtocol.Dlt645Of2007 ? 4 : 2;
        for (var i = 0; i < name; i++)
            if ((byte)(frame[header + i] - match.Mask) != (byte)(request.Address >> (8 * i)) && match.Exception == ModbusExceptionCode.None) return false;
        if (match.Exception != ModbusExceptionCode.None) return match.Exception is ModbusExceptionCode.OtherItemLength or ModbusExceptionCode.SeveralFrames;
        if (water && frame[header + 2] != (byte)(id - 1) && frame[header + 2] != 0) return false;
        var named = name + (water ? 1 : 0);
        return match.DataStart == start + header + named && match.DataLength == frame[header - 1] - named
            && (water ? match.DataLength >= request.Count : match.DataLength == request.Count);
    }
}
