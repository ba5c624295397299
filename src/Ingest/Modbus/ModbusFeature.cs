using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Modbus;

public static class ModbusFeature
{
    /// <summary>Meter models and the poller. Expects the registry, the reporting calendar, the field states, a clock and loggers.</summary>
    public static IServiceCollection AddModbus(this IServiceCollection services, ModbusOptions options) => services
        .AddSingleton(options)
        .AddSingleton(provider => Models(options, provider.GetRequiredService<ILogger<RegisterMaps>>()))
        .AddSingleton<PollContext>()
        .AddSingleton<IReadingSource, ModbusPoller>();

    static RegisterMaps Models(ModbusOptions options, ILogger log)
    {
        var maps = RegisterMaps.Load(options.ModelFolders);
        foreach (var replaced in maps.Replaced) log.ModelReplaced(replaced);
        return maps;
    }
}
