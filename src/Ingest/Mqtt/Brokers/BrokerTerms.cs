using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>What the broker has granted for this connection in its CONNACK (5.0 §3.2.2.3).</summary>
sealed record BrokerTerms
{
    /// <summary>What we have on the way at once, where the broker would take more or does not say (3.1.1).</summary>
    public const int MostUnacknowledged = 16;

    public required MqttVersion Version { get; init; }
    public bool SessionPresent { get; init; }
    public TimeSpan KeepAlive { get; init; }

    /// <summary>Null where the broker keeps the session as long as it was asked, or does not say.</summary>
    public TimeSpan? SessionExpiry { get; init; }

    /// <summary>Messages of QoS 1 that we may have on the way to it.</summary>
    public int SendMaximum { get; init; } = MostUnacknowledged;

    /// <summary>Bytes of the largest packet that it takes.</summary>
    public long MaxPacketBytes { get; init; } = long.MaxValue;
    public int MaximumQos { get; init; } = 2;
    public bool TakesRetained { get; init; } = true;
    public bool OffersShared { get; init; } = true;

    public static BrokerTerms Of(ConnAckPacket answer, MqttVersion version, TimeSpan askedKeepAlive)
    {
        var says = answer.Properties;
        return new BrokerTerms
        {
            Version = version,
            SessionPresent = answer.SessionPresent,
            KeepAlive = says.Number(PropertyId.ServerKeepAlive) is { } keepAlive
                ? TimeSpan.FromSeconds(keepAlive)
                : askedKeepAlive,
            SessionExpiry = says.Number(PropertyId.SessionExpiryInterval) is { } expiry
                ? TimeSpan.FromSeconds(expiry)
                : null,
            SendMaximum = (int)Math.Min(MostUnacknowledged, says.Number(PropertyId.ReceiveMaximum) ?? ushort.MaxValue),
            MaxPacketBytes = says.Number(PropertyId.MaximumPacketSize) ?? long.MaxValue,
            MaximumQos = (int)(says.Number(PropertyId.MaximumQos) ?? 2),
            TakesRetained = says.Number(PropertyId.RetainAvailable) != 0,
            OffersShared = says.Number(PropertyId.SharedSubscriptionAvailable) != 0,
        };
    }
}
