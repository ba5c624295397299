using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.DualControl;

static partial class Log
{
    [LoggerMessage(3100, LogLevel.Debug,
        "Indicators recomputed: {Periods} periods, {Values} values in {Seconds:0.000} s")]
    public static partial void Recomputed(ILogger log, int periods, long values, double seconds);
}
