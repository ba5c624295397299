using System.Buffers;
using System.Globalization;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>
/// Golden frames, mutated: whatever the bytes are, the codec answers "more", a packet, or a protocol fault, and what it
/// read it writes again so that it reads the same. ENERGYWATCH_FUZZ sets the number of frames.
/// </summary>
public sealed class CodecFuzzTests
{
    const int Seed = 20260317;

    [Fact]
    public void Mutated_frames_never_surprise_the_codec()
    {
        var random = new Random(Seed);
        var count = int.Parse(
            Environment.GetEnvironmentVariable("ENERGYWATCH_FUZZ") ?? "300000", CultureInfo.InvariantCulture);
        var vectors = MqttVectors.Frames.Concat(MqttVectors.Malformed).ToArray();
        var read = 0;
        for (var i = 0; i < count; i++)
        {
            var vector = vectors[random.Next(vectors.Length)];
            var bytes = Mutate(vector.Bytes, vectors, random);
            var version = random.Next(8) == 0 ? Other(vector.Version) : vector.Version;
            try
            {
                if (ReadsAlike(bytes, version, random)) read++;
            }
            catch (Exception exception) when (exception is not MqttProtocolException)
            {
                Assert.Fail($"Seed {Seed}, frame {i}, {version}, {Convert.ToHexStringLower(bytes)}: {exception}");
            }
            catch (MqttProtocolException)
            {
                // What a malformed packet is for.
            }
        }
        Assert.InRange(read, count / 50, count);
    }

    static bool ReadsAlike(byte[] bytes, MqttVersion version, Random random)
    {
        var buffer = random.Next(4) == 0
            ? CodecTests.InSegments(bytes, random.Next(1, 9))
            : new ReadOnlySequence<byte>(bytes);
        var before = buffer.Length;
        if (!MqttFraming.TryRead(ref buffer, MqttVectors.PacketLimit, version, out var frame)) return false;
        Assert.True(buffer.Length < before, "Nothing was consumed.");
        var (text, write) = AnyPacket.Read(frame, version);
        var output = new ArrayBufferWriter<byte>();
        write(output);
        var again = new ReadOnlySequence<byte>(output.WrittenMemory);
        var writtenAs = frame.Type == PacketType.Connect ? MqttVersion.V5 : version;
        Assert.True(
            MqttFraming.TryRead(ref again, int.MaxValue, writtenAs, out var second),
            "What was written is not complete.");
        Assert.Equal(text, AnyPacket.Read(second, version).Text);
        return true;
    }

    static byte[] Mutate(byte[] bytes, MqttVectors.Vector[] all, Random random)
    {
        var mutated = bytes.ToList();
        for (var times = random.Next(4); times >= 0; times--)
        {
            var at = random.Next(mutated.Count + 1);
            switch (random.Next(7))
            {
                case 0 when at < mutated.Count: mutated[at] ^= (byte)(1 << random.Next(8)); break;
                case 1 when at < mutated.Count: mutated[at] = (byte)random.Next(256); break;
                case 2: mutated.Insert(at, (byte)random.Next(256)); break;
                case 3 when at < mutated.Count: mutated.RemoveAt(at); break;
                case 4: mutated.RemoveRange(at, mutated.Count - at); break;
                case 5: mutated.InsertRange(at, all[random.Next(all.Length)].Bytes); break;
                default: if (mutated.Count > 1) mutated[1] = (byte)Math.Min(127, mutated.Count - 2); break;
            }
        }
        return [.. mutated];
    }

    static MqttVersion Other(MqttVersion version) => version == MqttVersion.V5 ? MqttVersion.V311 : MqttVersion.V5;
}
