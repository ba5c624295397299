using Microsoft.Extensions.Logging;

namespace EnergyWatch.Store.Sqlite;

static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "{File}: applied {Script}")]
    public static partial void Migrated(ILogger log, string file, string script);

    [LoggerMessage(
        1001, LogLevel.Information,
        "Registry version {Version}: {Institutions} institutions, {Meters} meters, {Gateways} gateways")]
    public static partial void RegistryLoaded(ILogger log, long version, int institutions, int meters, int gateways);

    [LoggerMessage(1002, LogLevel.Warning, "The registry could not be looked at; the version at hand stays in use")]
    public static partial void RegistryUnreadable(ILogger log, Exception fault);
}
