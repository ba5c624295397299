using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Ledger;

/// <summary>
/// What must be recomputed: (meter, local day) marks. There is no watermark: a reading from last month marks its day like any other.
/// <para>The pipeline marks before each attempt to write, and an attempt lasts at most <see cref="Rest"/> / 2. A mark may be computed at
/// once but is only struck out when it is older than <see cref="Rest"/> and was not marked again, so that a job which ran between
/// the mark and the write cannot lose it: a mark too many costs a recomputation, a mark too few is a wrong number nobody revisits.</para>
/// </summary>
public interface IWorkLedger
{
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    /// <summary>Durable when it returns.</summary>
    ValueTask MarkAsync(IReadOnlyCollection<MeterDay> days, CancellationToken stop);

    /// <summary>At most <paramref name="limit"/> open marks, all of one meter together, oldest mark first. Taking changes nothing.</summary>
    ValueTask<IReadOnlyList<WorkMark>> OpenAsync(int limit, CancellationToken stop);

    /// <summary>Strikes out those of these marks that are rested at <paramref name="now"/> and were not marked again since; returns how many.</summary>
    ValueTask<int> SettleAsync(IReadOnlyList<WorkMark> marks, Instant now, CancellationToken stop);

    /// <summary>How many marks are open; shown on <c>/metrics</c> and <c>/readyz</c>.</summary>
    ValueTask<long> CountAsync(CancellationToken stop);
}

/// <summary>A local day of a meter.</summary>
public readonly record struct MeterDay(MeterId Meter, DateOnly Day);

/// <summary>A mark as it stood when it was looked at. <c>Sequence</c> grows each time the day is marked again.</summary>
public readonly record struct WorkMark(MeterDay Day, long Sequence, Instant MarkedAt);
