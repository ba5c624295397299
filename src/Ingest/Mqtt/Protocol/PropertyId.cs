namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>Properties of MQTT 5.0 §2.2.2.2.</summary>
enum PropertyId : byte
{
    PayloadFormatIndicator = 0x01,
    MessageExpiryInterval = 0x02,
    ContentType = 0x03,
    ResponseTopic = 0x08,
    CorrelationData = 0x09,
    SubscriptionIdentifier = 0x0B,
    SessionExpiryInterval = 0x11,
    AssignedClientIdentifier = 0x12,
    ServerKeepAlive = 0x13,
    AuthenticationMethod = 0x15,
    AuthenticationData = 0x16,
    RequestProblemInformation = 0x17,
    WillDelayInterval = 0x18,
    RequestResponseInformation = 0x19,
    ResponseInformation = 0x1A,
    ServerReference = 0x1C,
    ReasonString = 0x1F,
    ReceiveMaximum = 0x21,
    TopicAliasMaximum = 0x22,
    TopicAlias = 0x23,
    MaximumQos = 0x24,
    RetainAvailable = 0x25,
    UserProperty = 0x26,
    MaximumPacketSize = 0x27,
    WildcardSubscriptionAvailable = 0x28,
    SubscriptionIdentifierAvailable = 0x29,
    SharedSubscriptionAvailable = 0x2A,
}

/// <summary>How a property is written.</summary>
enum PropertyKind : byte { Flag, Byte, UInt16, UInt32, VarInt, Text, Binary, Pair }

/// <summary>Where a property may stand: a bit per packet type, and bit 0 for the properties of a will.</summary>
readonly record struct PropertyRule(PropertyKind Kind, int Places)
{
    const int Will = 1;
    static readonly PropertyRule?[] Rules = Table();

    public static int Place(PacketType type) => 1 << (int)type;

    public const int WillPlace = Will;

    public static PropertyRule? Of(uint id) => id < (uint)Rules.Length ? Rules[id] : null;

    // MQTT 5.0 §2.2.2.2, table 2-4
    static PropertyRule?[] Table()
    {
        var connect = Place(PacketType.Connect);
        var connAck = Place(PacketType.ConnAck);
        var publish = Place(PacketType.Publish);
        var subscribe = Place(PacketType.Subscribe);
        var disconnect = Place(PacketType.Disconnect);
        var auth = Place(PacketType.Auth);
        var acks = Place(PacketType.PubAck) | Place(PacketType.PubRec) | Place(PacketType.PubRel)
            | Place(PacketType.PubComp) | Place(PacketType.SubAck) | Place(PacketType.UnsubAck);
        var rules = new PropertyRule?[0x2B];
        void Rule(PropertyId id, PropertyKind kind, int places) => rules[(int)id] = new PropertyRule(kind, places);

        Rule(PropertyId.PayloadFormatIndicator, PropertyKind.Flag, publish | Will);
        Rule(PropertyId.MessageExpiryInterval, PropertyKind.UInt32, publish | Will);
        Rule(PropertyId.ContentType, PropertyKind.Text, publish | Will);
        Rule(PropertyId.ResponseTopic, PropertyKind.Text, publish | Will);
        Rule(PropertyId.CorrelationData, PropertyKind.Binary, publish | Will);
        Rule(PropertyId.SubscriptionIdentifier, PropertyKind.VarInt, publish | subscribe);
        Rule(PropertyId.SessionExpiryInterval, PropertyKind.UInt32, connect | connAck | disconnect);
        Rule(PropertyId.AssignedClientIdentifier, PropertyKind.Text, connAck);
        Rule(PropertyId.ServerKeepAlive, PropertyKind.UInt16, connAck);
        Rule(PropertyId.AuthenticationMethod, PropertyKind.Text, connect | connAck | auth);
        Rule(PropertyId.AuthenticationData, PropertyKind.Binary, connect | connAck | auth);
        Rule(PropertyId.RequestProblemInformation, PropertyKind.Flag, connect);
        Rule(PropertyId.WillDelayInterval, PropertyKind.UInt32, Will);
        Rule(PropertyId.RequestResponseInformation, PropertyKind.Flag, connect);
        Rule(PropertyId.ResponseInformation, PropertyKind.Text, connAck);
        Rule(PropertyId.ServerReference, PropertyKind.Text, connAck | disconnect);
        Rule(PropertyId.ReasonString, PropertyKind.Text, connAck | acks | disconnect | auth);
        Rule(PropertyId.ReceiveMaximum, PropertyKind.UInt16, connect | connAck);
        Rule(PropertyId.TopicAliasMaximum, PropertyKind.UInt16, connect | connAck);
        Rule(PropertyId.TopicAlias, PropertyKind.UInt16, publish);
        Rule(PropertyId.MaximumQos, PropertyKind.Flag, connAck);
        Rule(PropertyId.RetainAvailable, PropertyKind.Flag, connAck);
        Rule(PropertyId.UserProperty, PropertyKind.Pair, ~0);
        Rule(PropertyId.MaximumPacketSize, PropertyKind.UInt32, connect | connAck);
        Rule(PropertyId.WildcardSubscriptionAvailable, PropertyKind.Flag, connAck);
        Rule(PropertyId.SubscriptionIdentifierAvailable, PropertyKind.Flag, connAck);
        Rule(PropertyId.SharedSubscriptionAvailable, PropertyKind.Flag, connAck);
        return rules;
    }
}
