using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Gateways;

/// <summary>What the ingest role notes of a gateway besides its last contact and its readings.</summary>
public sealed record GatewayLife
{
    /// <summary>Null where nothing is known of it.</summary>
    public LinkState? Link { get; init; }

    /// <summary>The present connection; the last one where none is open.</summary>
    public GatewayConnected? Connection { get; init; }

    /// <summary>When saved: what came since it was last saved. When listed: all since <see cref="CountingSince"/>.</summary>
    public GatewayTraffic Traffic { get; init; }

    /// <summary>Since when the traffic is counted; it goes on over restarts.</summary>
    public Instant? CountingSince { get; init; }

    public ClockDrift? Drift { get; init; }

    /// <summary>Whether its messages carry a time of their own; null where no message told yet.</summary>
    public bool? SendsTime { get; init; }

    /// <summary>When saved: the faults since it was last saved, oldest first. When listed: none, see
    /// <see cref="IGatewayFaults"/>.</summary>
    public IReadOnlyList<GatewayFault> Faults { get; init; } = [];
}

/// <summary>What came from a gateway and what became of it.</summary>
/// <param name="Bytes">On the wire where it is connected to our listener; else of the messages.</param>
public readonly record struct GatewayTraffic(
    long Messages, long Readings, long Quarantined, long Faults, long Bytes, long Connections)
{
    public static GatewayTraffic operator +(GatewayTraffic a, GatewayTraffic b) => new(
        a.Messages + b.Messages, a.Readings + b.Readings, a.Quarantined + b.Quarantined, a.Faults + b.Faults,
        a.Bytes + b.Bytes, a.Connections + b.Connections);
}

/// <summary>How a gateway is connected, or by which way it was last heard.</summary>
/// <param name="Way"><c>listener</c>, <c>broker:name</c> or <c>http</c>.</param>
/// <param name="Address">Null where only the broker knows it; so are client id, protocol and TLS then.</param>
/// <param name="Since">Begin of the connection; null where there is none to see.</param>
public sealed record GatewayConnected(
    string Way, string? Address = null, string? ClientId = null, string? Protocol = null, bool? IsTls = null,
    Instant? Since = null);

/// <summary>Something that went wrong at a gateway or at a meter behind it, in words for an officer.</summary>
/// <param name="Meter">Code; null where it is the gateway's own.</param>
/// <param name="Times">How often the same came, from <paramref name="FirstAt"/> to <paramref name="At"/>.</param>
public sealed record GatewayFault(Instant FirstAt, Instant At, string? Meter, string Text, int Times = 1);

/// <summary>The last faults of each gateway.</summary>
public interface IGatewayFaults
{
    /// <summary>So many are kept of each gateway.</summary>
    public const int Most = 20;

    /// <summary>Newest first.</summary>
    ValueTask<IReadOnlyList<GatewayFault>> OfAsync(string gateway, CancellationToken stop);
}
