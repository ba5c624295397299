using System.Collections.Concurrent;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>
/// Keeps answers for a while, and lets many who ask at once wait for one computation: a wall of dashboards costs as much as one. A
/// computation that failed is made again by whoever asks next; what is long out of date is forgotten.
/// </summary>
class AnswerCache<T>(TimeSpan fresh)
{
    readonly ConcurrentDictionary<string, Kept> _answers = new();

    public Task<T> GetAsync(string key, Instant now, Func<Task<T>> compute)
    {
        foreach (var (old, kept) in _answers)
            if (now - kept.At > fresh * 2) _answers.TryRemove(old, out _);
        return _answers.AddOrUpdate(
            key, _ => new Kept(now, new(compute)), (_, kept) => kept.IsGood(now, fresh) ? kept : new Kept(now, new(compute))).Answer.Value;
    }

    sealed record Kept(Instant At, Lazy<Task<T>> Answer)
    {
        public bool IsGood(Instant now, TimeSpan fresh) =>
            now - At < fresh && Answer is not { IsValueCreated: true, Value: { IsCompleted: true, IsCompletedSuccessfully: false } };
    }
}

/// <summary>The first screen, for a few seconds.</summary>
sealed class OverviewCache() : AnswerCache<OverviewAnswer>(TimeSpan.FromSeconds(5));

/// <summary>Like-for-like changes, which move once an hour, or when late data comes.</summary>
sealed class ChangesCache() : AnswerCache<IReadOnlyDictionary<(string Indicator, string Period), Change>>(TimeSpan.FromMinutes(10));
