namespace EnergyWatch.Ingest.Mqtt;

/// <summary>Why a gateway's connection ended; each has its own count, and a sentence in the log.</summary>
enum EndCause
{
    /// <summary>The peer said DISCONNECT.</summary>
    Disconnected,
    /// <summary>The peer closed between two packets, without a word.</summary>
    Closed,
    /// <summary>The peer closed inside a packet.</summary>
    Truncated,
    /// <summary>The network took it.</summary>
    Lost,
    /// <summary>We are stopping.</summary>
    Stopping,
    ConnectTimeout,
    KeepAlive,
    Protocol,
    RefusedLogin,
    RefusedTopic,
    TakenOver,
    Revoked,
    NotStored,
    /// <summary>A defect of ours.</summary>
    Fault,
    /// <summary>A broker that is connected and sends no message.</summary>
    Silent,
}

static class EndCauses
{
    /// <summary>
    /// After these, what was received is still put into the sink and, where the peer can hear it, acknowledged.
    /// </summary>
    public static bool LetsFinish(this EndCause cause) => cause <= EndCause.Stopping;

    /// <summary>True where an officer should see it beside the gateway.</summary>
    public static bool IsFault(this EndCause cause) =>
        cause is EndCause.Truncated or EndCause.KeepAlive or EndCause.Protocol or EndCause.RefusedTopic
            or EndCause.NotStored or EndCause.Fault;
}
