using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Modbus;

static partial class Log
{
    [LoggerMessage(2200, LogLevel.Information, "{Endpoint}: polling {Meters} meter(s)")]
    public static partial void EndpointStarted(this ILogger log, ModbusEndpoint endpoint, int meters);

    [LoggerMessage(2201, LogLevel.Information, "{Endpoint}: no longer polled, or polled otherwise from now on")]
    public static partial void EndpointStopped(this ILogger log, ModbusEndpoint endpoint);

    [LoggerMessage(2202, LogLevel.Warning, "{Endpoint}: meter {Meter} is silent: {Reason}")]
    public static partial void MeterSilent(this ILogger log, ModbusEndpoint endpoint, string meter, string reason);

    [LoggerMessage(2203, LogLevel.Information, "{Endpoint}: meter {Meter} answers again")]
    public static partial void MeterBack(this ILogger log, ModbusEndpoint endpoint, string meter);

    [LoggerMessage(2204, LogLevel.Warning, "{Reason}")]
    public static partial void EndpointUnreachable(this ILogger log, string reason);

    [LoggerMessage(2205, LogLevel.Information, "{Endpoint}: can be reached again")]
    public static partial void EndpointBack(this ILogger log, ModbusEndpoint endpoint);

    [LoggerMessage(2206, LogLevel.Warning, "Gateway {Gateway}, meter {Meter} cannot be polled: {Reason}")]
    public static partial void CannotPoll(this ILogger log, string gateway, string? meter, string reason);

    [LoggerMessage(2207, LogLevel.Warning, "Storage does not take what was polled; it is kept in memory and offered again")]
    public static partial void NotStored(this ILogger log, Exception fault);

    [LoggerMessage(2208, LogLevel.Error, "{Endpoint}: polling meter {Meter} failed")]
    public static partial void PollFailed(this ILogger log, ModbusEndpoint endpoint, string meter, Exception fault);

    [LoggerMessage(2209, LogLevel.Warning, "{Endpoint}: meter {Meter} does not have {Points}, which are no longer asked for")]
    public static partial void PointsRefused(this ILogger log, ModbusEndpoint endpoint, string meter, string points);

    [LoggerMessage(2210, LogLevel.Warning, "Meter model not loaded: {Fault}")]
    public static partial void ModelNotLoaded(this ILogger log, DefinitionFault fault);

    [LoggerMessage(2240, LogLevel.Information, "Meter model {Replaced}")]
    public static partial void ModelReplaced(this ILogger log, Maps.ReplacedModel replaced);

    [LoggerMessage(2260, LogLevel.Information, "{Endpoint}: meter {Meter}: {Chain}")]
    public static partial void SunSpecFound(this ILogger log, ModbusEndpoint endpoint, string meter, string chain);

    [LoggerMessage(2211, LogLevel.Information, "Storage takes what was polled again; {Readings} readings were kept meanwhile")]
    public static partial void StoredAgain(this ILogger log, long readings);

    [LoggerMessage(2212, LogLevel.Error, "Storage still takes nothing, and {Readings} polled readings are all that memory may hold: polling waits")]
    public static partial void PollingWaits(this ILogger log, int readings);

    [LoggerMessage(2213, LogLevel.Error, "{Readings} polled readings were never taken by storage, or not known to be when it had to stop: they are lost")]
    public static partial void ReadingsLost(this ILogger log, int readings);

    [LoggerMessage(2214, LogLevel.Information, "{Endpoint}: meter {Meter}: set-up of {Registers} written")]
    public static partial void SetupWritten(this ILogger log, ModbusEndpoint endpoint, string meter, string registers);

    [LoggerMessage(2215, LogLevel.Warning, "{Endpoint}: meter {Meter} does not hold its set-up, and none of its values is stored until it does: {Reason}")]
    public static partial void SetupRefused(this ILogger log, ModbusEndpoint endpoint, string meter, string reason);

    [LoggerMessage(2216, LogLevel.Information, "{Endpoint}: {Meters} meter(s) now")]
    public static partial void EndpointChanged(this ILogger log, ModbusEndpoint endpoint, int meters);

    [LoggerMessage(2218, LogLevel.Error, "{Endpoint}: polling failed")]
    public static partial void EndpointFailed(this ILogger log, ModbusEndpoint endpoint, Exception fault);

    [LoggerMessage(2217, LogLevel.Error, "{Source}: {Readings} polled readings were refused by the pipeline itself")]
    public static partial void NotTaken(this ILogger log, string source, int readings, Exception fault);
}
