using System.Buffers;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class CodecTests
{
    public static TheoryData<string, string> Frames => Names(MqttVectors.Frames);

    public static TheoryData<string, string> Malformed => Names(MqttVectors.Malformed);

    [Theory, MemberData(nameof(Frames))]
    public void Frame_is_read_as_it_says(string name, string version)
    {
        var vector = Find(MqttVectors.Frames, name, version);
        var (frame, left) = Cut(new ReadOnlySequence<byte>(vector.Bytes), vector.Version);
        Assert.Equal(0, left);
        Assert.Equal(vector.Expected.TrimEnd(), AnyPacket.Read(frame, vector.Version).Text.TrimEnd());
    }

    [Theory, MemberData(nameof(Frames))]
    public void Frame_is_written_byte_for_byte(string name, string version)
    {
        var vector = Find(MqttVectors.Frames, name, version);
        var (frame, _) = Cut(new ReadOnlySequence<byte>(vector.Bytes), vector.Version);
        var output = new ArrayBufferWriter<byte>();
        AnyPacket.Read(frame, vector.Version).Write(output);
        Assert.Equal(Convert.ToHexStringLower(vector.Bytes), Convert.ToHexStringLower(output.WrittenSpan));
    }

    [Theory, MemberData(nameof(Malformed))]
    public void Malformed_packet_is_refused_for_its_reason(string name, string version)
    {
        var vector = Find(MqttVectors.Malformed, name, version);
        var refusal = Assert.Throws<MqttProtocolException>(() =>
        {
            var (frame, _) = Cut(new ReadOnlySequence<byte>(vector.Bytes), vector.Version);
            AnyPacket.Read(frame, vector.Version);
        });
        Assert.Equal(vector.Expected, refusal.Reason.ToString());
    }

    [Theory, MemberData(nameof(Frames))]
    public void Every_beginning_of_a_frame_asks_for_more(string name, string version)
    {
        var vector = Find(MqttVectors.Frames, name, version);
        for (var length = 0; length < vector.Bytes.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(vector.Bytes, 0, length);
            Assert.False(MqttFraming.TryRead(ref buffer, MqttVectors.PacketLimit, vector.Version, out _));
            Assert.Equal(length, buffer.Length);
        }
    }

    // MQTT 5.0 §1.5.4: each of the two strings of a user property has up to 65,535 bytes.
    [Fact]
    public void User_property_of_the_greatest_length_there_is_is_read()
    {
        var (name, value) = (new string('n', ushort.MaxValue), new string('v', ushort.MaxValue));
        var properties = new MqttProperties(
            [new(PropertyId.TopicAlias, 1), new(PropertyId.UserProperty, Name: name, Text: value)]);
        var output = new ArrayBufferWriter<byte>();
        new PublishPacket("t"u8.ToArray(), default, 0, 0, false, false, properties).Write(output, MqttVersion.V5);
        var bytes = new ReadOnlySequence<byte>(output.WrittenMemory);
        Assert.True(MqttFraming.TryRead(ref bytes, new MqttOptions().MaxPacketBytes, MqttVersion.V5, out var frame));
        var read = PublishPacket.Read(frame.Flags, frame.Contiguous(), MqttVersion.V5).Properties!;
        Assert.Equal((name, value), (read.Items[1].Name, read.Items[1].Text));
    }

    [Fact]
    public void Frames_in_one_buffer_and_frames_in_single_bytes_are_read_alike()
    {
        foreach (var version in new[] { MqttVersion.V311, MqttVersion.V5 })
        {
            var vectors = MqttVectors.Frames.Where(vector => vector.Version == version).ToList();
            var stream = vectors.SelectMany(vector => vector.Bytes).ToArray();
            foreach (var size in new[] { 1, 7, stream.Length })
            {
                var rest = InSegments(stream, size);
                foreach (var vector in vectors)
                {
                    Assert.True(MqttFraming.TryRead(ref rest, MqttVectors.PacketLimit, version, out var frame));
                    Assert.Equal(vector.Expected.TrimEnd(), AnyPacket.Read(frame, version).Text.TrimEnd());
                }
                Assert.True(rest.IsEmpty);
            }
        }
    }

    [Fact]
    public void Length_is_judged_before_the_body_is_there()
    {
        var buffer = new ReadOnlySequence<byte>([0x30, 0x80, 0x80, 0x40]);
        var refusal = Assert.Throws<MqttProtocolException>(
            () => MqttFraming.TryRead(ref buffer, 1024, MqttVersion.V5, out _));
        Assert.Equal(ReasonCode.PacketTooLarge, refusal.Reason);
    }

    [Fact]
    public void Packet_of_exactly_the_limit_is_taken()
    {
        byte[] bytes = [0x30, 0x03, 0x00, 0x01, (byte)'a'];
        var buffer = new ReadOnlySequence<byte>(bytes);
        Assert.True(MqttFraming.TryRead(ref buffer, 5, MqttVersion.V311, out _));
        var again = new ReadOnlySequence<byte>(bytes);
        Assert.Throws<MqttProtocolException>(() => MqttFraming.TryRead(ref again, 4, MqttVersion.V311, out _));
    }

    [Theory]
    [InlineData(0u, "00"), InlineData(127u, "7f"), InlineData(128u, "8001"), InlineData(16_383u, "ff7f")]
    [InlineData(16_384u, "808001")]
    [InlineData(2_097_151u, "ffff7f"), InlineData(2_097_152u, "80808001"), InlineData(268_435_455u, "ffffff7f")]
    public void Variable_byte_integer_is_written_and_read(uint value, string hex)
    {
        Span<byte> span = stackalloc byte[4];
        Assert.Equal(hex, Convert.ToHexStringLower(span[..MqttFraming.WriteVarInt(span, value)]));
        Assert.Equal(value, new MqttBodyReader(Convert.FromHexString(hex)).VarInt());
    }

    [Theory]
    [InlineData("a", true), InlineData("/", true), InlineData("#", true), InlineData("+/+", true)]
    [InlineData("a/#", true), InlineData("$share/g/a", true)]
    [InlineData("", false), InlineData("a#", false), InlineData("a/#/b", false), InlineData("a+/b", false)]
    [InlineData("#/a", false), InlineData("a\0", false)]
    public void Topic_filter_is_judged(string filter, bool valid) => Assert.Equal(valid, MqttTopic.IsFilter(filter));

    internal static ReadOnlySequence<byte> InSegments(byte[] bytes, int size)
    {
        Segment? first = null, last = null;
        foreach (var chunk in bytes.Chunk(size))
        {
            last = last is null ? new Segment(chunk) : last.Append(chunk);
            first ??= last;
        }
        return first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    static (MqttFrame Frame, long Left) Cut(ReadOnlySequence<byte> buffer, MqttVersion version)
    {
        Assert.True(
            MqttFraming.TryRead(ref buffer, MqttVectors.PacketLimit, version, out var frame),
            "The frame is not complete.");
        return (frame, buffer.Length);
    }

    static MqttVectors.Vector Find(IReadOnlyList<MqttVectors.Vector> vectors, string name, string version) =>
        vectors.Single(vector => vector.Name == name && vector.Version.ToString() == version);

    static TheoryData<string, string> Names(IReadOnlyList<MqttVectors.Vector> vectors)
    {
        var data = new TheoryData<string, string>();
        foreach (var vector in vectors) data.Add(vector.Name, vector.Version.ToString());
        return data;
    }

    sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes) => Memory = bytes;

        public Segment Append(byte[] bytes)
        {
            var next = new Segment(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
