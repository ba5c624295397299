using EnergyWatch.Ingest.Modbus.Maps;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Modbus;

public static class ModbusFeature
{
    /// <summary>Meter models and the poller. Expects the registry, the reporting calendar, a clock and loggers.</summary>
    public static IServiceCollection AddModbus(this IServiceCollection services, ModbusOptions options) => services
        .AddSingleton(options)
        .AddSingleton(_ => RegisterMaps.Load(options.ModelFolders));
}
