using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Modbus;

public static class ModbusFeature
{
    /// <summary>Meter models and the poller. Expects the registry, the reporting calendar, the field states, a clock and loggers.</summary>
    public static IServiceCollection AddModbus(this IServiceCollection services, ModbusOptions options) => services
        .AddSingleton(options)
        .AddSingleton(_ => RegisterMaps.Load(options.ModelFolders))
        .AddSingleton<PollContext>()
        .AddSingleton<IReadingSource, ModbusPoller>();
}
