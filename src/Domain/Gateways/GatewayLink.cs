using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Gateways;

/// <summary>The way to a gateway, as far as it tells by itself. Stored by number: never renumber.</summary>
public enum GatewayLink
{
    /// <summary>Nothing was ever heard.</summary>
    Unknown = 0,
    /// <summary>It holds a connection to our listener.</summary>
    Connected = 1,
    /// <summary>It had one; the reason says how that ended.</summary>
    Disconnected = 2,
    /// <summary>It went without a word, and its will was said.</summary>
    Lost = 3,
    /// <summary>It is heard through a broker or over HTTP: there is no connection to see.</summary>
    Online = 4,
    /// <summary>It said that it goes, or a broker said so for it.</summary>
    Offline = 5,
    /// <summary>The broker it is heard through cannot be reached.</summary>
    Unreachable = 6,
}

/// <summary>What can happen to a gateway's link.</summary>
public enum LinkEventKind
{
    LoggedIn, Left, WillSaid, SaysOnline, SaysOffline, Heard, WayLost, WayBack, Restarted,
}

/// <param name="IsOpen">True where a connection of the gateway to our listener is open after this.</param>
/// <param name="Reason">A word for programs: <c>keep_alive</c>, <c>closed</c>, <c>taken_over</c>, …</param>
/// <param name="Detail">The same for people, short.</param>
public readonly record struct LinkEvent(
    LinkEventKind Kind, Instant At, bool IsOpen = false, string? Reason = null, string? Detail = null);

/// <summary>The link and since when it is so, and why.</summary>
public sealed record LinkState(GatewayLink Link, Instant Since, string? Reason = null, string? Detail = null);

/// <summary>The link's state machine: what was, and what happened, give what is.</summary>
public static class GatewayLinks
{
    public static LinkState Next(LinkState? now, in LinkEvent happened)
    {
        var link = LinkAfter(now?.Link ?? GatewayLink.Unknown, happened);
        return link == now?.Link ? now : new LinkState(link, happened.At, happened.Reason, happened.Detail);
    }

    static GatewayLink LinkAfter(GatewayLink now, in LinkEvent happened) => happened.Kind switch
    {
        LinkEventKind.LoggedIn => GatewayLink.Connected,
        // Another connection of the same gateway may be open still.
        LinkEventKind.Left => happened.IsOpen ? now : GatewayLink.Disconnected,
        LinkEventKind.WillSaid => happened.IsOpen ? now : GatewayLink.Lost,
        LinkEventKind.SaysOffline => GatewayLink.Offline,
        LinkEventKind.SaysOnline or LinkEventKind.Heard => happened.IsOpen ? GatewayLink.Connected : GatewayLink.Online,
        // One that said that it goes is away, whatever the broker does.
        LinkEventKind.WayLost => now == GatewayLink.Online ? GatewayLink.Unreachable : now,
        LinkEventKind.WayBack => now == GatewayLink.Unreachable ? GatewayLink.Online : now,
        // A process that was killed could not say how its connections ended.
        LinkEventKind.Restarted => now == GatewayLink.Connected ? GatewayLink.Disconnected : now,
        _ => now,
    };
}
