using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Store.Sqlite.Ledger;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Store.Sqlite.Registry;

/// <summary>
/// The registry in the records file, held in memory as one immutable snapshot. <see cref="RefreshAsync"/> looks whether
/// another process changed it; an edit is judged against what is in the file at that moment, under its write lock,
/// and marks in the same transaction which days of usage it makes stale.
/// </summary>
sealed class SqliteRegistry(
    SqliteFiles files, ReportingCalendar calendar, TimeProvider clock, ILogger<SqliteRegistry> log)
    : IRegistry, IRegistryEditor
{
    readonly SqliteFile _file = files.Records;
    readonly Lock _swap = new();
    Loaded _loaded = new(RegistrySnapshot.Empty, new RegistryRows());
    TaskCompletionSource _changed = New();

    public RegistrySnapshot Current => Volatile.Read(ref _loaded).Snapshot;

    public async Task<RegistrySnapshot> NewerThanAsync(long seenVersion, CancellationToken stop)
    {
        while (true)
        {
            // The signal is taken before the look, so that a swap between the two is not slept through.
            var changed = Volatile.Read(ref _changed).Task;
            if (Current is { } current && current.Version > seenVersion) return current;
            await changed.WaitAsync(stop);
        }
    }

    public async Task<RegistrySnapshot> ApplyAsync(RegistryRows rows, string actor, CancellationToken stop)
    {
        var applied = await _file.WriteAsync(connection => Apply(connection, rows, actor), stop);
        Swap(applied);
        return applied.Snapshot;
    }

    /// <summary>Loads the registry if the file holds a newer one.</summary>
    public async Task RefreshAsync(CancellationToken stop) =>
        Swap(await _file.ReadAsync(connection => Newest(connection), stop));

    Loaded Apply(SqliteConnection connection, RegistryRows rows, string actor)
    {
        var known = Newest(connection);
        var edit = RegistryEdit.Of(known.Rows, rows);
        if (edit.Faults.Count > 0) throw new RegistryRefusedException(edit.Faults);
        if (edit.Changes.Count == 0) return known;
        var version = known.Snapshot.Version + 1;
        var now = clock.Now();
        RegistryWriting.Add(connection, edit.Changes, version, now, actor);
        var next = Build(connection, version, edit.Merged);
        var stale = StaleDays.Between(known.Snapshot, next.Snapshot, calendar, calendar.DayOf(now));
        if (stale.Count > 0) SqliteWorkLedger.Mark(connection, stale, now);
        return next;
    }

    Loaded Newest(SqliteConnection connection)
    {
        var loaded = Volatile.Read(ref _loaded);
        var version = RegistryReading.Version(connection);
        return version == loaded.Snapshot.Version
            ? loaded
            : Build(connection, version, RegistryReading.InForce(connection));
    }

    static Loaded Build(SqliteConnection connection, long version, RegistryRows rows) =>
        new(RegistryBuilder.Build(version, rows, RegistryReading.MeterIds(connection)), rows);

    // Two loads may end in the other order than they began: only a newer one is taken.
    void Swap(Loaded next)
    {
        lock (_swap)
        {
            if (next.Snapshot.Version <= _loaded.Snapshot.Version) return;
            Volatile.Write(ref _loaded, next);
            Interlocked.Exchange(ref _changed, New()).SetResult();
        }
        var snapshot = next.Snapshot;
        Log.RegistryLoaded(
            log, snapshot.Version, snapshot.Institutions.Count, snapshot.Meters.Count, snapshot.Gateways.Count);
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    sealed record Loaded(RegistrySnapshot Snapshot, RegistryRows Rows);
}
