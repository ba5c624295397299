using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EnergyWatch.Ingest.Push;

public static class PushFeature
{
    /// <summary>
    /// What <see cref="PushEndpoints.MapReadingsPush"/> answers with, and the replay of quarantined payloads. Beside it
    /// the host gives an <see cref="IPushScope"/> and the pipeline. <see cref="ReadingCsvImport"/> needs no
    /// registration.
    /// </summary>
    public static IServiceCollection AddPush(this IServiceCollection services, PushOptions? options = null)
    {
        services.AddSingleton(options ?? new PushOptions());
        services.AddSingleton<PushBodies>();
        services.AddSingleton<PushSenders>();
        services.AddSingleton<ReadingsPush>();
        services.AddSingleton<CsvPush>();
        services.TryAddSingleton<ReplayScreen>();
        services.TryAddSingleton<QuarantineReplay>();
        return services;
    }
}
