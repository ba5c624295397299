namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>
/// One property; which of the fields count is a matter of its kind. A user property has a name and a text.
/// </summary>
readonly record struct MqttProperty(
    PropertyId Id, uint Number = 0, string? Text = null, string? Name = null, ReadOnlyMemory<byte> Binary = default);

/// <summary>The properties of one MQTT 5 packet, in the order they were written.</summary>
sealed class MqttProperties(IReadOnlyList<MqttProperty> items)
{
    ReadOnlyMemory<byte>? _wire;

    /// <summary>
    /// Properties of one packet at most. An empty one takes 5 bytes on the wire and many times that in memory.
    /// </summary>
    public const int Most = 256;

    /// <summary>What they may take on the wire; room for a user property whose two fields have the greatest length
    /// there is (131,075 bytes), and for small ones beside it.</summary>
    public const int MostBytes = 132 * 1024;

    public static MqttProperties None { get; } = new([]);

    public IReadOnlyList<MqttProperty> Items { get; } = items;

    /// <summary>
    /// Their bytes without the length before them: a slice of the body they were read from, or written anew.
    /// </summary>
    public ReadOnlyMemory<byte> Wire => _wire ??= Written();

    public uint? Number(PropertyId id)
    {
        foreach (var item in Items)
            if (item.Id == id) return item.Number;
        return null;
    }

    public string? Text(PropertyId id)
    {
        foreach (var item in Items)
            if (item.Id == id) return item.Text;
        return null;
    }

    /// <summary>As below in version 5; before it there were none.</summary>
    public static MqttProperties Read(ref MqttBodyReader body, int place, MqttVersion version) =>
        version == MqttVersion.V5 ? Read(ref body, place) : None;

    // MQTT 5.0 §2.2.2
    //   variable byte integer: length of all properties together
    //   then per property: its identifier, then its value
    /// <summary>
    /// Reads the properties that stand here. One that may not stand here, or stands twice, breaks the protocol.
    /// </summary>
    public static MqttProperties Read(ref MqttBodyReader body, int place)
    {
        var length = body.VarInt();
        if (length == 0) return None;
        if (length > MostBytes)
            throw new MqttProtocolException(
                ReasonCode.QuotaExceeded, $"Properties of {length} bytes; {MostBytes} are taken.");
        var part = body.Part(length);
        var wire = part.Ahead;
        var items = new List<MqttProperty>();
        var seen = 0L;
        while (part.Left > 0)
        {
            if (items.Count == Most)
                throw new MqttProtocolException(ReasonCode.QuotaExceeded, $"More than {Most} properties in one packet.");
            var number = part.VarInt();
            if (PropertyRule.Of(number) is not { } rule)
                throw MqttProtocolException.Malformed($"Property {number} does not exist.");
            var id = (PropertyId)number;
            var value = ReadValue(ref part, id, rule.Kind);
            if ((rule.Places & place) == 0) throw Misplaced(place, $"{id} may not stand in this packet.");
            var repeats = id == PropertyId.UserProperty
                || (id == PropertyId.SubscriptionIdentifier && place == PropertyRule.Place(PacketType.Publish));
            if (!repeats && (seen & (1L << (int)number)) != 0)
                throw MqttProtocolException.Protocol($"{id} stands twice.");
            seen |= 1L << (int)number;
            items.Add(Judged(value, place));
        }
        return new MqttProperties(items) { _wire = wire };
    }

    /// <summary>Passes over a property that was read before; says which one it was.</summary>
    public static PropertyId Skip(ref MqttBodyReader body)
    {
        var id = body.VarInt();
        switch (PropertyRule.Of(id)!.Value.Kind)
        {
            case PropertyKind.Flag or PropertyKind.Byte: body.Byte(); break;
            case PropertyKind.UInt16: body.UInt16(); break;
            case PropertyKind.UInt32: body.UInt32(); break;
            case PropertyKind.VarInt: body.VarInt(); break;
            case PropertyKind.Pair:
                body.Binary();
                body.Binary();
                break;
            default: body.Binary(); break;
        }
        return (PropertyId)id;
    }

    static MqttProperty ReadValue(ref MqttBodyReader body, PropertyId id, PropertyKind kind) => kind switch
    {
        PropertyKind.Flag or PropertyKind.Byte => new MqttProperty(id, body.Byte()),
        PropertyKind.UInt16 => new MqttProperty(id, body.UInt16()),
        PropertyKind.UInt32 => new MqttProperty(id, body.UInt32()),
        PropertyKind.VarInt => new MqttProperty(id, body.VarInt()),
        PropertyKind.Text => new MqttProperty(id, Text: body.Text()),
        PropertyKind.Binary => new MqttProperty(id, Binary: body.Binary().ToArray()),
        _ => new MqttProperty(id, Name: body.Text(), Text: body.Text()),
    };

    // §2.2.2.2 calls a misplaced property malformed, §4.13.1 leaves the code to the server. Which of the two is told is
    // what mosquitto tells, for the suites that others measure by.
    static MqttProtocolException Misplaced(int place, string detail) =>
        place == PropertyRule.Place(PacketType.Subscribe) || place == PropertyRule.Place(PacketType.Unsubscribe)
            ? MqttProtocolException.Malformed(detail)
            : MqttProtocolException.Protocol(detail);

    static MqttProperty Judged(MqttProperty property, int place) => property.Id switch
    {
        PropertyId.TopicAlias when property.Number == 0 =>
            throw new MqttProtocolException(ReasonCode.TopicAliasInvalid, "Topic alias 0."),
        PropertyId.ReceiveMaximum or PropertyId.MaximumPacketSize or PropertyId.SubscriptionIdentifier
            when property.Number == 0 =>
            throw Misplaced(place, $"{property.Id} 0."),
        PropertyId.ResponseTopic when !MqttTopic.IsName(property.Text!) =>
            throw MqttProtocolException.Protocol("A response topic that cannot be published to."),
        var id when PropertyRule.Of((uint)id)!.Value.Kind == PropertyKind.Flag && property.Number > 1 =>
            throw MqttProtocolException.Protocol($"{id} {property.Number}, neither 0 nor 1."),
        _ => property,
    };

    public void Write(MqttBodyWriter output)
    {
        var wire = Wire.Span;
        output.VarInt((uint)wire.Length).Raw(wire);
    }

    byte[] Written()
    {
        var all = new MqttBodyWriter();
        foreach (var property in Items) WriteOne(all.Byte((byte)property.Id), property);
        return all.Written.ToArray();
    }

    static void WriteOne(MqttBodyWriter output, MqttProperty property)
    {
        switch (PropertyRule.Of((uint)property.Id)!.Value.Kind)
        {
            case PropertyKind.Flag or PropertyKind.Byte: output.Byte((byte)property.Number); break;
            case PropertyKind.UInt16: output.UInt16((int)property.Number); break;
            case PropertyKind.UInt32: output.UInt32(property.Number); break;
            case PropertyKind.VarInt: output.VarInt(property.Number); break;
            case PropertyKind.Text: output.Text(property.Text!); break;
            case PropertyKind.Binary: output.Binary(property.Binary.Span); break;
            default: output.Text(property.Name!).Text(property.Text!); break;
        }
    }
}
