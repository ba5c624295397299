using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Usage;

static partial class Log
{
    [LoggerMessage(3000, LogLevel.Debug,
        "Usage recomputed: {Marks} marks, {Settled} settled, {Windows} windows, {Cells} cells in {Seconds:0.000} s")]
    public static partial void Recomputed(ILogger log, int marks, int settled, int windows, long cells, double seconds);

    [LoggerMessage(3001, LogLevel.Error, "The usage of meter {Meter} could not be computed; its marks stay open")]
    public static partial void MeterFailed(ILogger log, Exception fault, string meter);

    [LoggerMessage(3002, LogLevel.Warning, "Meter {Id} is marked but not in the registry; its marks stay open")]
    public static partial void UnknownMeter(ILogger log, int id);
}
