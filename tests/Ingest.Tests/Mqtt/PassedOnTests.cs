using System.Buffers;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>What a message goes on with: the bytes that came, but for what belonged to its way in.</summary>
public sealed class PassedOnTests
{
    readonly TestClock _clock = new();

    // MQTT 5.0 §3.3.2.3: content type, alias 7, user property, expiry 300 s, response topic, the same user property again,
    // correlation data, payload format.
    const string Came =
        "03 0003 612f62  23 0007  26 0001 6b 0001 76  02 0000012c  08 0001 72  26 0001 6b 0001 76  09 0002 0102  01 01";

    [Fact]
    public void Properties_go_on_as_they_came_without_alias_and_with_what_is_left_of_the_expiry()
    {
        var message = Message(Came);
        _clock.Advance(TimeSpan.FromSeconds(100.5));
        Assert.Equal(
            Hex("32 2e 0001 74 0005"
            + " 26 03 0003 612f62  26 0001 6b 0001 76  02 000000c8  08 0001 72  26 0001 6b 0001 76  09 0002 0102  01 01  0b 05"
            + " 6f6e"),
            Written(message, "0b05", MqttVersion.V5));
        Assert.Equal(Hex("32 07 0001 74 0005 6f6e"), Written(message, "0b05", MqttVersion.V311));
    }

    [Fact]
    public void Message_without_properties_has_none()
    {
        Assert.Equal(Hex("32 08 0001 74 0005 00 6f6e"), Written(Message(""), "", MqttVersion.V5));
        Assert.Equal(Hex("32 07 0001 74 0005 6f6e"), Written(Message(""), "", MqttVersion.V311));
    }

    [Fact]
    public void Will_goes_on_without_its_delay()
    {
        var body = new MqttBodyReader(Bytes("0d 18 00000005 26 0001 6b 0002 7677"));
        var properties = MqttProperties.Read(ref body, PropertyRule.WillPlace);
        var will = new MqttWill("t", "on"u8.ToArray(), 1, false, properties);
        Assert.Equal(
            Hex("32 10 0001 74 0005 08 26 0001 6b 0002 7677 6f6e"),
            Written(ClientMessage.Of(will, new SessionKey("GW-01", "p"), _clock), "", MqttVersion.V5));
    }

    [Fact]
    public void Properties_weigh_what_they_hold()
    {
        var bare = Message("").Weight;
        Assert.Equal(bare + 7 + 5 + 5, Message("26 0001 6b 0001 76  26 0000 0000  02 0000012c").Weight);
    }

    [Fact]
    public void Message_keeps_nothing_of_the_buffer_it_came_in()
    {
        var frame = Bytes("0001 74 0001 07 26 0001 6b 0001 76 6f6e");
        var message = ClientMessage.Of(
            PublishPacket.Read(0b0010, frame, MqttVersion.V5), new SessionKey("GW-01", "p"), _clock);
        frame.AsSpan().Clear();
        Assert.Equal(Hex("32 0f 0001 74 0005 07 26 0001 6b 0001 76 6f6e"), Written(message, "", MqttVersion.V5));
    }

    ClientMessage Message(string properties)
    {
        var wire = Bytes(properties);
        byte[] body = [0, 1, (byte)'t', 0, 1, (byte)wire.Length, .. wire, .. "on"u8];
        return ClientMessage.Of(PublishPacket.Read(0b0010, body, MqttVersion.V5), new SessionKey("GW-01", "p"), _clock);
    }

    string Written(ClientMessage message, string identifiers, MqttVersion version)
    {
        var copy = new Copy(message, 1, Retain: false, Bytes(identifiers));
        var output = new ArrayBufferWriter<byte>();
        new OutgoingPacket(copy, 5, Duplicate: false, IsRelease: false).Write(output, version, _clock);
        Assert.Equal(output.WrittenCount, copy.WireBytes(version));
        return Convert.ToHexStringLower(output.WrittenSpan);
    }

    static string Hex(string spaced) => spaced.Replace(" ", "", StringComparison.Ordinal);

    static byte[] Bytes(string spaced) => Convert.FromHexString(Hex(spaced));
}
