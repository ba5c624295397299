using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Pipeline;

static partial class Log
{
    [LoggerMessage(2000, LogLevel.Warning, "The last contacts of gateways and meters could not be saved; they are saved with the next")]
    public static partial void FieldStatesNotSaved(this ILogger log, Exception exception);
}
