using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Pipeline;

public static class PipelineFeature
{
    /// <summary>
    /// The pipeline behind <see cref="IReadingSink"/>, the host of all <see cref="IReadingSource"/>s and the recorder
    /// of last contacts. Hosted services stop in reverse: sources first, the pipeline last.
    /// </summary>
    public static IServiceCollection AddReadingPipeline(this IServiceCollection services, PipelineOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(provider => new ReadingPipeline(
            new Screener(
                provider.GetRequiredService<IRegistry>(), provider.GetRequiredService<ReportingCalendar>(), options,
                provider.GetRequiredService<TimeProvider>()),
            new PipelineStores(
                provider.GetRequiredService<IWorkLedger>(), provider.GetRequiredService<ISeriesWriter>(),
                provider.GetRequiredService<IQuarantine>()),
            options,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ReadingPipeline>>())
        {
            Settled = provider.GetRequiredService<FieldStateRecorder>().Settled,
        });
        services.AddSingleton<IReadingSink>(provider => provider.GetRequiredService<ReadingPipeline>());
        services.AddSingleton<FieldStateRecorder>();
        services.AddSingleton<SightingRecorder>();
        services.AddSingleton<SourceHost>();
        services.AddHostedService(provider => provider.GetRequiredService<ReadingPipeline>());
        services.AddHostedService(provider => provider.GetRequiredService<FieldStateRecorder>());
        services.AddHostedService(provider => provider.GetRequiredService<SightingRecorder>());
        services.AddHostedService(provider => provider.GetRequiredService<SourceHost>());
        return services;
    }
}
