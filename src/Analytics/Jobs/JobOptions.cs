using System.Data.Common;

namespace EnergyWatch.Analytics.Jobs;

/// <summary>When jobs run and where the scheduler keeps what it knows.</summary>
public sealed record JobOptions
{
    public required JobStoreOptions Store { get; init; }

    /// <summary>
    /// Cron expressions (six or seven fields, in the reporting zone) by job name, in place of the default ones.
    /// </summary>
    public IReadOnlyDictionary<string, string> Schedules { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// False in a process that only shows jobs: it reads the same store and asks for runs, but runs nothing itself.
    /// </summary>
    public bool Run { get; init; } = true;

    /// <summary>How many jobs may run together.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>How long a stopping service waits for jobs that were asked to stop.</summary>
    public TimeSpan StopWithin { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How soon a run that another process asked for is seen; not under a second.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How late a date may be met before it counts as missed. Missed dates are caught up once, when the service is
    /// back.
    /// </summary>
    public TimeSpan MissedAfter { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>
/// A database file of the scheduler's own. The provider is handed in, because this project knows none.
/// </summary>
public sealed record JobStoreOptions(DbProviderFactory Factory, string ConnectionString);
