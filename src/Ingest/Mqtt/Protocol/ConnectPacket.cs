using System.Buffers;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>What the client asks us to publish when it goes away without saying so.</summary>
sealed record MqttWill(string Topic, ReadOnlyMemory<byte> Payload, int Qos, bool Retain, MqttProperties Properties);

/// <summary>The first packet of a connection: who the client is and how it wants to speak.</summary>
sealed record ConnectPacket
{
    public MqttVersion Version { get; init; } = MqttVersion.V311;

    /// <summary>Clean session (3.1.1) or clean start (5.0).</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>True where it is 3.1, which knows no session present.</summary>
    public bool IsOld { get; init; }

    /// <summary>Seconds; 0 is none.</summary>
    public ushort KeepAlive { get; init; }
    public required string ClientId { get; init; }
    public string? Username { get; init; }
    public ReadOnlyMemory<byte>? Password { get; init; }
    public MqttWill? Will { get; init; }
    public MqttProperties Properties { get; init; } = MqttProperties.None;

    // MQTT 3.1.1 §3.1, MQTT 5.0 §3.1
    //   0..5  protocol name: 00 04 'M' 'Q' 'T' 'T'; of 3.1: 00 06 'M' 'Q' 'I' 's' 'd' 'p'
    //   6     level: 4 or 5; of 3.1: 3
    //   7     7 user name | 6 password | 5 will retain | 4..3 will QoS | 2 will | 1 clean | 0 reserved, 0
    //   8..9  keep alive, s
    //   5.0   properties
    //   then  client id [ (5.0) will properties, will topic, will payload ] [ user name ] [ password ]
    /// <summary>True where a CONNECT says that it is of version 5, whatever else is wrong with it.</summary>
    public static bool IsVersion5(ReadOnlySpan<byte> body) => body.StartsWith("\0\u0004MQTT\u0005"u8);

    public static ConnectPacket Read(ReadOnlyMemory<byte> bytes)
    {
        var body = new MqttBodyReader(bytes);
        var name = body.Binary().Span;
        var level = name.SequenceEqual("MQTT"u8) || name.SequenceEqual("MQIsdp"u8)
            ? body.Byte()
            : throw MqttProtocolException.Protocol("The protocol name is not MQTT.");
        // 3.1 differs in nothing that a gateway does here; old modems speak it.
        var isOld = level == 3 && name.Length != 4;
        if (!isOld && (level is not (4 or 5) || name.Length != 4))
            throw new MqttProtocolException(
                ReasonCode.UnsupportedProtocolVersion, $"Protocol level {level} is neither 4 (3.1.1) nor 5.");
        var version = isOld ? MqttVersion.V311 : (MqttVersion)level;
        var flags = body.Byte();
        JudgeFlags(isOld ? (byte)(flags & 0xFE) : flags, version);
        var keepAlive = body.UInt16();
        var properties = MqttProperties.Read(ref body, PropertyRule.Place(PacketType.Connect), version);
        JudgeAuthentication(properties);
        var clientId = ReadClientId(ref body, version);
        var will = (flags & 0x04) != 0 ? ReadWill(ref body, flags, version) : null;
        var (username, password) = ReadLogin(ref body, flags);
        if (isOld && clientId.Length == 0)
            throw new MqttProtocolException(ReasonCode.ClientIdentifierNotValid, "No client id, and 3.1 needs one.");
        body.End();
        return new ConnectPacket
        {
            Version = version, IsOld = isOld, CleanStart = (flags & 0x02) != 0, KeepAlive = keepAlive, ClientId = clientId,
            Username = username, Password = password, Will = will, Properties = properties,
        };
    }

    static void JudgeFlags(byte flags, MqttVersion version)
    {
        if ((flags & 0x01) != 0) throw MqttProtocolException.Malformed("The reserved connect flag is set.");
        if ((flags & 0x18) == 0x18) throw MqttProtocolException.Malformed("A will with QoS 3.");
        if ((flags & 0x04) == 0 && (flags & 0x38) != 0)
            throw MqttProtocolException.Malformed("Will flags without a will.");
        if ((flags & 0xC0) == 0x40 && version == MqttVersion.V311)
            throw MqttProtocolException.Malformed("A password without a user name.");
    }

    static void JudgeAuthentication(MqttProperties properties)
    {
        if (properties.Items.Any(one => one.Id == PropertyId.AuthenticationData)
            && properties.Text(PropertyId.AuthenticationMethod) is null)
            throw MqttProtocolException.Protocol("Authentication data without a method.");
    }

    static string ReadClientId(ref MqttBodyReader body, MqttVersion version)
    {
        try
        {
            return body.Name();
        }
        catch (MqttProtocolException exception)
        {
            // In 3.1.1 such a packet is malformed and its sender told nothing (§1.5.3).
            throw new MqttProtocolException(ReasonCode.ClientIdentifierNotValid, exception.Message)
            { IsSilent = version == MqttVersion.V311 };
        }
    }

    static (string? Username, ReadOnlyMemory<byte>? Password) ReadLogin(ref MqttBodyReader body, byte flags)
    {
        try
        {
            var username = (flags & 0x80) != 0 ? body.Name() : null;
            return (username, (flags & 0x40) != 0 ? body.Binary().ToArray().AsMemory() : (ReadOnlyMemory<byte>?)null);
        }
        catch (MqttProtocolException exception)
        {
            // Who does not even get the name right is not told how far he came.
            throw new MqttProtocolException(exception.Reason, exception.Message) { IsSilent = true };
        }
    }

    static MqttWill ReadWill(ref MqttBodyReader body, byte flags, MqttVersion version)
    {
        var properties = MqttProperties.Read(ref body, PropertyRule.WillPlace, version);
        try
        {
            var topic = body.Name();
            var payload = body.Binary().ToArray();
            if (MqttTopic.IsName(topic))
                return new MqttWill(topic, payload, flags >> 3 & 3, (flags & 0x20) != 0, properties);
            throw MqttProtocolException.Malformed("A will with a topic that cannot be published to.");
        }
        catch (MqttProtocolException exception)
        {
            throw new MqttProtocolException(exception.Reason, exception.Message) { IsSilent = true };
        }
    }

    public void Write(IBufferWriter<byte> output)
    {
        var flags = (CleanStart ? 0x02 : 0) | (Username is null ? 0 : 0x80) | (Password is null ? 0 : 0x40)
            | (Will is null ? 0 : 0x04 | Will.Qos << 3 | (Will.Retain ? 0x20 : 0));
        var body = new MqttBodyWriter()
            .Binary("MQTT"u8).Byte((byte)Version).Byte((byte)flags).UInt16(KeepAlive)
            .Properties(Properties, Version).Text(ClientId);
        if (Will is not null) body.Properties(Will.Properties, Version).Text(Will.Topic).Binary(Will.Payload.Span);
        if (Username is not null) body.Text(Username);
        if (Password is { } password) body.Binary(password.Span);
        body.WriteTo(output, PacketType.Connect);
    }
}
