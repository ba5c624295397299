namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>
/// MQTT control packet types, by the names and numbers of the specification (3.1.1 §2.2.1, 5.0 §2.1.2).
/// </summary>
enum PacketType : byte
{
    Connect = 1,
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    PubRec = 5,
    PubRel = 6,
    PubComp = 7,
    Subscribe = 8,
    SubAck = 9,
    Unsubscribe = 10,
    UnsubAck = 11,
    PingReq = 12,
    PingResp = 13,
    Disconnect = 14,
    Auth = 15,
}

/// <summary>Protocol level as it stands in CONNECT.</summary>
enum MqttVersion : byte { V311 = 4, V5 = 5 }
