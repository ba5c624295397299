using System.Collections.Concurrent;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>
/// Keeps answers for a while, and lets many who ask at once wait for one computation: a wall of dashboards costs as much as one. An
/// answer past its time is still given while the next one is computed; a computation that failed is made again by whoever asks next.
/// </summary>
class AnswerCache<T>(TimeSpan fresh, TimeSpan stale)
{
    readonly ConcurrentDictionary<string, Kept> _answers = new();

    public async Task<T> GetAsync(string key, Instant now, Func<Task<T>> compute)
    {
        foreach (var (old, kept) in _answers)
            if (now - kept.At > fresh + stale) _answers.TryRemove(old, out _);
        var before = _answers.GetValueOrDefault(key);
        var current = _answers.AddOrUpdate(
            key, _ => new Kept(now, new(compute)), (_, kept) => kept.IsGood(now, fresh) ? kept : new Kept(now, new(compute)));
        // Starts the computation, if it is new; the one before is good enough to wait with.
        var answer = current.Answer.Value;
        return !answer.IsCompleted && before is { IsDone: true } ? await before.Answer.Value : await answer;
    }

    sealed record Kept(Instant At, Lazy<Task<T>> Answer)
    {
        public bool IsDone => Answer is { IsValueCreated: true, Value.IsCompletedSuccessfully: true };

        public bool IsGood(Instant now, TimeSpan fresh) =>
            now - At < fresh && Answer is not { IsValueCreated: true, Value: { IsCompleted: true, IsCompletedSuccessfully: false } };
    }
}

/// <summary>The first screen as the bytes of its JSON: fresh for a few seconds, and written once for all who ask.</summary>
sealed class OverviewCache() : AnswerCache<byte[]>(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(25));

/// <summary>Like-for-like changes, which move once an hour, or when late data comes.</summary>
sealed class ChangesCache() : AnswerCache<IReadOnlyDictionary<(string Indicator, string Period), Change>>(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10));

/// <summary>Who reported in which quarter of an hour: changes with each slot, or when late data comes.</summary>
sealed class SlotsCache() : AnswerCache<IReadOnlyList<double?>>(TimeSpan.FromMinutes(5), TimeSpan.Zero);
