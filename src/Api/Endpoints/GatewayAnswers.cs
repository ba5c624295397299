using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary>A gateway with how it is.</summary>
/// <param name="State">never, connected, online, silent, disconnected, lost, offline or unreachable; of a polled gateway
/// that of its best meter: online, late, failing, offline or never.</param>
/// <param name="MeterState">That of its best meter.</param>
/// <param name="Since">Since when the state is so; null where that is not known.</param>
/// <param name="StateReason">keep_alive, closed, lost, truncated, disconnected, taken_over, revoked, protocol, stopping,
/// refused_topic, not_stored, fault, will, said_so, broker_lost, service_restarted, no_message; or null.</param>
/// <param name="IsShared">True where it also serves meters outside the caller's scope: then texts and connection, which
/// may tell of those, are null.</param>
sealed record GatewayAnswer(
    string Code, string Name, string Kind, string? Endpoint, string? Dialect, string Username, bool HasSecret, int Meters,
    string State, string MeterState, Instant? Since, string? StateReason, string? StateDetail, Instant? LastSeen,
    Instant? LastReadingAt, string? LastFault, Instant? LastFaultAt, ClockAnswer Clock, TrafficAnswer? Traffic,
    bool IsShared);

/// <summary>How far the gateway's clock is from ours.</summary>
/// <param name="DriftMs">Positive where it is ahead; null with a reason: NO_DATA (no live message yet that carries a
/// time, or none for a day), NO_TIME (its messages carry none), NOT_APPLICABLE (it is polled by our clock).</param>
/// <param name="Messages">How many live messages it was judged by.</param>
/// <param name="IsBeyondLimit">Whether that is more than the configured limit.</param>
sealed record ClockAnswer(long? DriftMs, string? Reason, int? Messages, Instant? At, bool? IsBeyondLimit, long LimitMs)
{
    public static ClockAnswer Of(Gateway gateway, GatewayLife? life, TimeSpan limit, Instant now)
    {
        var limitMs = (long)limit.TotalMilliseconds;
        if (Gateways.IsPolled(gateway)) return new ClockAnswer(null, "NOT_APPLICABLE", null, null, null, limitMs);
        if (life?.Drift is { } drift && now - drift.At <= ClockDrift.Window)
            return new ClockAnswer(
                drift.Ms, null, drift.Messages, drift.At, limitMs > 0 && Math.Abs(drift.Ms) > limitMs, limitMs);
        return new ClockAnswer(null, life?.SendsTime == false ? "NO_TIME" : "NO_DATA", null, null, null, limitMs);
    }
}

/// <summary>What came from the gateway and what became of it, since when it is counted; restarts do not zero it.</summary>
/// <param name="Messages">Null for a polled gateway, as are bytes and reconnects.</param>
/// <param name="Reconnects">Null where there is no connection to see.</param>
sealed record TrafficAnswer(
    Instant Since, long? Messages, long? Bytes, long Readings, long Quarantined, long Faults, long? Reconnects)
{
    public static TrafficAnswer? Of(Gateway gateway, GatewayLife? life)
    {
        if (life is not { CountingSince: { } since, Traffic: var traffic }) return null;
        var isPolled = Gateways.IsPolled(gateway);
        return new TrafficAnswer(
            since, isPolled ? null : traffic.Messages, isPolled ? null : traffic.Bytes, traffic.Readings,
            traffic.Quarantined, traffic.Faults, traffic.Connections > 0 ? traffic.Connections - 1 : null);
    }
}

/// <summary>A gateway with its connection and its last faults.</summary>
/// <param name="Connection">The present connection, or the last one; null where none was seen.</param>
/// <param name="Faults">The last 20, newest first; of meters that the caller may not see, none.</param>
sealed record GatewayDetail(
    GatewayAnswer Current, ConnectionAnswer? Connection, IReadOnlyList<GatewayFault> Faults,
    IReadOnlyList<string> MeterCodes);

/// <param name="Way">listener, broker:name or http.</param>
/// <param name="AgeS">Seconds since the connection began; null where none is open.</param>
sealed record ConnectionAnswer(
    string Way, bool IsOpen, string? Address, string? ClientId, string? Protocol, bool? IsTls, Instant? Since, double? AgeS)
{
    public static ConnectionAnswer? Of(GatewayLife? life, Instant now)
    {
        if (life?.Connection is not { } known) return null;
        var isOpen = life.Link?.Link == GatewayLink.Connected;
        double? age = isOpen && known.Since is { } since ? Math.Max(0, (now - since).TotalSeconds) : null;
        return new ConnectionAnswer(
            known.Way, isOpen, known.Address, known.ClientId, known.Protocol, known.IsTls, known.Since, age);
    }
}

static class Gateways
{
    public static bool IsPolled(Gateway gateway) => gateway.Kind is not (GatewayKind.Mqtt or GatewayKind.Http);
}
