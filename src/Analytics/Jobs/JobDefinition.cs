using Quartz;

namespace EnergyWatch.Analytics.Jobs;

/// <summary>Scheduled work under a name that people and the API use.</summary>
/// <param name="Title">What it is called on the page, zh-CN.</param>
/// <param name="Cron">
/// When it runs, in the reporting zone: seconds, minutes, hours, day of month, month, day of week.
/// </param>
/// <param name="Body">
/// The work. It says in one line what it did; a fault travels to the run, which counts and records it.
/// </param>
public sealed record JobDefinition(
    string Name, string Title, string Cron, Func<IServiceProvider, CancellationToken, Task<string>> Body)
{
    internal const string Group = "energywatch";

    internal JobKey Key => new(Name, Group);

    internal TriggerKey Trigger => new(Name, Group);

    /// <summary>
    /// The trigger of a run that was asked for by hand: one key, so that asking twice before it runs is asking once.
    /// </summary>
    internal TriggerKey ByHand => new($"{Name}.by-hand", Group);
}
