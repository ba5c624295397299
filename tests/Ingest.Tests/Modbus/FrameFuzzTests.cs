using System.Buffers.Binary;
using System.Globalization;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Seeded mutations of good frames: no decoder throws, and nothing passes for an answer that is not one by the specification.</summary>
public sealed class FrameFuzzTests
{
    static readonly int Rounds = int.TryParse(
        Environment.GetEnvironmentVariable("ENERGYWATCH_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : 300_000;

    [Fact]
    public void Mutated_tcp_frames_never_throw_and_never_pass_wrongly() => Run(MbapFrame.Codec, seed: 20261120, (frame, request, id) =>
        BinaryPrimitives.ReadUInt16BigEndian(frame) == id && frame[2] == 0 && frame[3] == 0 && frame[6] == request.Unit
        && frame.Length == 6 + BinaryPrimitives.ReadUInt16BigEndian(frame[4..]) && IsAnswer(frame[7..], request));

    [Fact]
    public void Mutated_rtu_frames_never_throw_and_never_pass_wrongly() => Run(RtuFrame.Codec, seed: 20261121, (frame, request, _) =>
        frame[0] == request.Unit && BinaryPrimitives.ReadUInt16LittleEndian(frame[^2..]) == SlowCrc(frame[..^2])
        && IsAnswer(frame[1..^2], request));

    delegate bool Specification(ReadOnlySpan<byte> frame, MeterRequest request, ushort id);

    static void Run(IFrameCodec codec, int seed, Specification isOurs)
    {
        var random = new Random(seed);
        var buffer = new byte[600];
        var (answers, broken) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var request = new MeterRequest(
                (byte)random.Next(256), (MeterFunction)random.Next(1, 5), (ushort)random.Next(65536), (ushort)random.Next(1, 126));
            var id = (ushort)random.Next(65536);
            var length = Mutate(random, buffer, Good(codec, buffer, random, request, id));
            var match = codec.Match(buffer.AsSpan(0, length), request, id, random.Next(3));
            if (match.Verdict == FrameVerdict.Broken) broken++;
            if (match.Verdict is FrameVerdict.Answer or FrameVerdict.Older)
                Assert.InRange(match.Length, 1, length);
            if (match.Verdict != FrameVerdict.Answer) continue;
            answers++;
            // On a serial line there may be noise before it.
            var start = codec is MbapFrame ? 0 : match.Exception != ModbusExceptionCode.None ? match.Length - 5 : match.DataStart - 3;
            Assert.InRange(start, 0, 4);
            Assert.True(isOurs(buffer.AsSpan(start, match.Length - start), request, id), $"seed {seed}, round {round}");
        }
        Assert.InRange(answers, Rounds / 10, Rounds);
        Assert.InRange(broken, Rounds / 10, Rounds);
    }

    // A right answer: data, or one in eight an exception.
    static int Good(IFrameCodec codec, byte[] buffer, Random random, MeterRequest request, ushort id)
    {
        var pdu = new byte[2 + request.DataLength];
        random.NextBytes(pdu);
        (pdu[0], pdu[1]) = ((byte)request.Function, (byte)request.DataLength);
        if (random.Next(8) == 0) pdu = [(byte)((int)request.Function | 0x80), (byte)random.Next(1, 12)];
        return SlaveFrames.Write(codec is MbapFrame, buffer, id, request.Unit, pdu);
    }

    static int Mutate(Random random, byte[] buffer, int length)
    {
        for (var mutations = random.Next(3); mutations > 0; mutations--)
        {
            switch (random.Next(5))
            {
                case 0: buffer[random.Next(length)] = (byte)random.Next(256); break;
                case 1: buffer[random.Next(length)] ^= (byte)(1 << random.Next(8)); break;
                case 2: length = random.Next(1, length + 1); break;
                case 3:
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

    static bool IsAnswer(ReadOnlySpan<byte> pdu, MeterRequest request) =>
        pdu[0] == ((int)request.Function | 0x80) ? pdu.Length == 2 && pdu[1] != 0
        : pdu[0] == (byte)request.Function && pdu[1] == request.DataLength && pdu.Length == 2 + request.DataLength;

    static ushort SlowCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFF;
        foreach (var octet in bytes)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xA001 : crc >> 1;
        }
        return (ushort)crc;
    }
}
