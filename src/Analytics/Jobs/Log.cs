using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Jobs;

static partial class Log
{
    [LoggerMessage(3300, LogLevel.Debug, "Job {Job} ran for {Seconds:0.000} s: {Said}")]
    public static partial void Done(this ILogger logger, string job, double seconds, string said);

    [LoggerMessage(3301, LogLevel.Error, "Job {Job} failed after {Seconds:0.000} s; it keeps its schedule")]
    public static partial void Failed(this ILogger logger, Exception fault, string job, double seconds);

    [LoggerMessage(3302, LogLevel.Information, "Job {Job} is scheduled at '{Cron}' in {Zone}")]
    public static partial void Scheduled(this ILogger logger, string job, string cron, string zone);

    [LoggerMessage(3303, LogLevel.Warning,
        "Jobs did not end within {Seconds} s of being asked to stop; the service stops without them")]
    public static partial void StillRunning(this ILogger logger, double seconds);
}
