using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Gateways;

/// <summary>
/// Somebody who tried to deliver and whom the registry does not know: shown, so that it can be adopted. Never a secret,
/// and nothing of what it sent.
/// </summary>
/// <param name="Id">0 until it is kept.</param>
/// <param name="Name">The user name it gave, or the name in its topic.</param>
/// <param name="Way"><c>listener</c> or <c>broker:name</c>.</param>
/// <param name="Address">Where from; null behind a broker.</param>
/// <param name="Dialect">What it seems to speak; null is our own format, or not known.</param>
/// <param name="Topic">A topic it used, cut short; null where it did not get so far.</param>
/// <param name="Count">When saved: how often since it was last saved. When listed: how often in all.</param>
public sealed record Sighting(
    long Id, string Name, string Way, string? Address, string? Dialect, string? Topic, Instant FirstSeen,
    Instant LastSeen, long Count);

/// <summary>Who was sighted, by way and name. Bounded: beyond <see cref="Most"/> the one that was seen longest ago goes,
/// and is counted. Half of the room is first for those that were seen more than once.</summary>
public interface ISightings
{
    public const int Most = 1000;

    /// <summary>Merges by (way, name): counts add up, the latest address, dialect and topic stay.</summary>
    /// <param name="unlisted">How many more there were for which there was no room.</param>
    ValueTask SaveAsync(IReadOnlyList<Sighting> seen, long unlisted, CancellationToken stop);

    /// <summary>Newest contact first.</summary>
    ValueTask<IReadOnlyList<Sighting>> ListAsync(CancellationToken stop);

    /// <summary>How many had to go because there were too many.</summary>
    ValueTask<long> ForgottenAsync(CancellationToken stop);

    ValueTask<Sighting?> FindAsync(long id, CancellationToken stop);

    /// <summary>False where there is none of this id.</summary>
    ValueTask<bool> RemoveAsync(long id, CancellationToken stop);
}
