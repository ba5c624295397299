using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Series;

/// <summary>
/// What the ingest role knows of gateways and meters besides their readings, kept so that the other roles can show it.
/// Saving merges by (gateway, meter): a null instant or error leaves the stored one as it is.
/// </summary>
public interface IFieldStates
{
    ValueTask SaveAsync(IReadOnlyList<FieldState> states, CancellationToken stop);
    ValueTask<IReadOnlyList<FieldState>> ListAsync(CancellationToken stop);
}

/// <summary>Last contact and last fault of a gateway (<c>Meter</c> null) or of a meter behind it, by code.</summary>
/// <remarks>A null instant, error, link, connection or drift says nothing new; traffic adds up.</remarks>
public sealed record FieldState(string Gateway, string? Meter, Instant? LastSeen, Instant? FaultAt, string? Fault)
{
    /// <summary>What else is known of a gateway; null for a meter.</summary>
    public GatewayLife? Life { get; init; }
}
