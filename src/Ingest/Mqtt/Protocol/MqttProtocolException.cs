namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>The peer broke the protocol: the connection ends, with this reason where the version can say it.</summary>
sealed class MqttProtocolException(ReasonCode reason, string message) : Exception(message)
{
    public ReasonCode Reason { get; } = reason;

    /// <summary>True where the bytes are no packet at all, so that there is nobody to explain it to.</summary>
    public bool IsSilent { get; init; }

    public static MqttProtocolException Malformed(string message) => new(ReasonCode.MalformedPacket, message);

    public static MqttProtocolException Protocol(string message) => new(ReasonCode.ProtocolError, message);
}
