using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Pipeline;

static partial class Log
{
    [LoggerMessage(
        2000, LogLevel.Warning,
        "The last contacts of gateways and meters could not be saved; they are saved with the next")]
    public static partial void FieldStatesNotSaved(this ILogger log, Exception exception);

    [LoggerMessage(2001, LogLevel.Warning, "Readings cannot be stored just now; senders wait")]
    public static partial void NotStoring(this ILogger log, Exception exception);

    [LoggerMessage(
        2002, LogLevel.Information, "Readings are stored again after {Failures} failed attempts since {Since}")]
    public static partial void StoringAgain(this ILogger log, int failures, Instant since);

    [LoggerMessage(2003, LogLevel.Warning, "{Count} readings were given back to {Source}: {Reason}")]
    public static partial void Returned(this ILogger log, int count, string source, string reason);

    [LoggerMessage(2004, LogLevel.Error, "A batch of {Source} cannot be stored, others can: it is in the quarantine")]
    public static partial void BatchNotStored(this ILogger log, string source, Exception exception);

    [LoggerMessage(2005, LogLevel.Warning, "Who was sighted could not be saved just now; it is saved with the next")]
    public static partial void SightingsNotSaved(this ILogger log, Exception exception);

    [LoggerMessage(2010, LogLevel.Error, "The source {Name} ended with a fault and starts again in {Pause}")]
    public static partial void SourceFaulted(this ILogger log, string name, TimeSpan pause, Exception exception);

    [LoggerMessage(2011, LogLevel.Information, "The source {Name} runs")]
    public static partial void SourceRuns(this ILogger log, string name);
}
