namespace EnergyWatch.Store.Sqlite;

/// <summary>
/// Where the embedded store keeps its files, and how patient it is with other processes that use them.
/// </summary>
/// <param name="DataFolder">Created, for its owner only, where it does not exist.</param>
public sealed record StoreOptions(string DataFolder = "data")
{
    /// <summary>Less than half of the work ledger's rest, which is as long as an attempt to write may take.</summary>
    public static readonly TimeSpan DefaultBusyWait = TimeSpan.FromSeconds(10);

    /// <summary>How long a lock held by another process is waited for before a write or read fails.</summary>
    public TimeSpan BusyWait { get; init; } = DefaultBusyWait;

    /// <summary>How often a change of the registry by another process is looked for.</summary>
    public TimeSpan RegistryPoll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Readings, and nothing else.</summary>
    public string SeriesFile => Path.Combine(DataFolder, "series.db");

    /// <summary>Registry, ledgers, indicators, quotas, notices, accounts, audit, quarantine.</summary>
    public string RecordsFile => Path.Combine(DataFolder, "energywatch.db");

    /// <summary>For the scheduler's own tables. Nothing here opens it.</summary>
    public string SchedulerFile => Path.Combine(DataFolder, "scheduler.db");
}
