using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Gateways;

/// <summary>What an officer is shown of a gateway that sends to us.</summary>
public enum GatewayState
{
    /// <summary>It was never heard.</summary>
    Never,
    Connected,
    /// <summary>Heard in time, through a broker or over HTTP.</summary>
    Online,
    /// <summary>The way to it seems open, but no message came for longer than <see cref="GatewayStates.Periods"/>
    /// periods of its most frequent meter.</summary>
    Silent,
    Disconnected,
    /// <summary>It went without a word; its will was said.</summary>
    Lost,
    /// <summary>It said that it goes.</summary>
    Offline,
    /// <summary>Its broker cannot be reached.</summary>
    Unreachable,
}

/// <summary>A gateway's state now, since when, and why.</summary>
public sealed record GatewayView(GatewayState State, Instant? Since, string? Reason, string? Detail);

public static class GatewayStates
{
    /// <summary>So many missed messages make it silent: as many as make a meter late.</summary>
    public const int Periods = 3;

    /// <summary>The reason of a state that silence brought.</summary>
    public const string NoMessage = "no_message";

    // What was heard later than this ahead of our clock was noted before the clock was set back.
    static readonly TimeSpan FastClock = TimeSpan.FromMinutes(10);

    /// <param name="lastSeen">Its last message or login.</param>
    /// <param name="periodS">Seconds between two readings of its most frequent meter; null where it has none, and then
    /// it is never silent.</param>
    public static GatewayView Of(LinkState? link, Instant? lastSeen, int? periodS, Instant now)
    {
        if (link is { Link: not (GatewayLink.Unknown or GatewayLink.Connected or GatewayLink.Online) })
            return new GatewayView(AwayBy(link.Link), link.Since, link.Reason, link.Detail);
        if (lastSeen is not { } seen) return link is { Link: GatewayLink.Connected or GatewayLink.Online }
            ? new GatewayView(Here(link), link.Since, link.Reason, link.Detail)
            : new GatewayView(GatewayState.Never, null, null, null);
        if (IsSilent(seen, periodS, now)) return new GatewayView(GatewayState.Silent, seen, NoMessage, null);
        return new GatewayView(Here(link), link?.Since, link?.Reason, link?.Detail);
    }

    public static string Key(this GatewayState state) => state.ToString().ToLowerInvariant();

    static bool IsSilent(Instant seen, int? periodS, Instant now) =>
        periodS is { } period && (seen - now > FastClock || (now - seen).TotalSeconds > (double)Periods * period);

    static GatewayState Here(LinkState? link) =>
        link?.Link == GatewayLink.Connected ? GatewayState.Connected : GatewayState.Online;

    static GatewayState AwayBy(GatewayLink link) => link switch
    {
        GatewayLink.Lost => GatewayState.Lost,
        GatewayLink.Offline => GatewayState.Offline,
        GatewayLink.Unreachable => GatewayState.Unreachable,
        _ => GatewayState.Disconnected,
    };
}
