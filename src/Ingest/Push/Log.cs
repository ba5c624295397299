using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Push;

/// <summary>What pushes say in the log. Ids 2100 to 2199.</summary>
static partial class Log
{
    [LoggerMessage(2100, LogLevel.Warning, "A body pushed by {Source} was refused whole: {Reason}")]
    public static partial void PushRefused(this ILogger log, string source, string reason);

    [LoggerMessage(2101, LogLevel.Information,
        "{Source} imported {Rows} rows of {File}: {Stored} readings stored, {Quarantined} refused, {Faults} faults")]
    public static partial void Imported(
        this ILogger log, string source, long rows, string file, long stored, long quarantined, long faults);

    [LoggerMessage(2102, LogLevel.Warning, "The import of {File} by {Source} was broken off: {Reason}")]
    public static partial void ImportBrokenOff(this ILogger log, string source, string file, string reason);
}
