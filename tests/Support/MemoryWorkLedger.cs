using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Support;

/// <summary>The work ledger in its plainest form, with marks made at the time of its clock.</summary>
public sealed class MemoryWorkLedger(TimeProvider clock) : IWorkLedger
{
    readonly Lock _lock = new();
    readonly Dictionary<MeterDay, WorkMark> _open = [];
    long _sequence;

    public ValueTask MarkAsync(IReadOnlyCollection<MeterDay> days, CancellationToken stop)
    {
        lock (_lock)
            foreach (var day in days) _open[day] = new WorkMark(day, ++_sequence, clock.Now());
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<WorkMark>> OpenAsync(int limit, CancellationToken stop)
    {
        lock (_lock)
            return ValueTask.FromResult<IReadOnlyList<WorkMark>>([.. _open.Values
                .GroupBy(mark => mark.Day.Meter).OrderBy(meter => meter.Min(mark => mark.Sequence)).SelectMany(meter => meter).Take(limit)]);
    }

    public ValueTask<int> SettleAsync(IReadOnlyList<WorkMark> marks, Instant now, CancellationToken stop)
    {
        lock (_lock)
            return ValueTask.FromResult(marks.Count(mark =>
                _open.TryGetValue(mark.Day, out var open) && open.Sequence == mark.Sequence
                && now - open.MarkedAt >= IWorkLedger.Rest && _open.Remove(mark.Day)));
    }

    public ValueTask<long> CountAsync(CancellationToken stop)
    {
        lock (_lock) return ValueTask.FromResult((long)_open.Count);
    }
}
