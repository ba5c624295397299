using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class PipelineFeatureTests
{
    [Fact]
    public async Task The_feature_gives_one_pipeline_that_starts_first_and_stops_last()
    {
        await using var bench = new PipelineBench();
        var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(bench.Log))
            .AddSingleton<TimeProvider>(bench.Clock).AddSingleton(Some.Calendar).AddSingleton<IRegistry>(bench.Registry)
            .AddSingleton<ISeriesWriter>(bench.Series).AddSingleton<IQuarantine>(bench.Quarantine)
            .AddSingleton<IWorkLedger>(new NoMarks()).AddSingleton<IFieldStates>(new NoStates())
            .AddSingleton<ISightings>(new NoSightings())
            .AddReadingPipeline(bench.Options);
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });

        Assert.Equal(
            [typeof(ReadingPipeline), typeof(FieldStateRecorder), typeof(SightingRecorder), typeof(SourceHost)],
            provider.GetServices<IHostedService>().Select(service => service.GetType()));
        Assert.Same(provider.GetRequiredService<ReadingPipeline>(), provider.GetRequiredService<IReadingSink>());
        Assert.Contains(provider.GetRequiredService<FieldStateRecorder>(), provider.GetServices<IHostedService>());
    }

    sealed class NoMarks : IWorkLedger
    {
        public ValueTask MarkAsync(IReadOnlyCollection<MeterDay> days, CancellationToken stop) =>
            ValueTask.CompletedTask;
        public ValueTask<IReadOnlyList<WorkMark>> OpenAsync(int limit, CancellationToken stop) =>
            ValueTask.FromResult<IReadOnlyList<WorkMark>>([]);
        public ValueTask<int> SettleAsync(IReadOnlyList<WorkMark> marks, Instant now, CancellationToken stop) =>
            ValueTask.FromResult(0);
        public ValueTask<long> CountAsync(CancellationToken stop) => ValueTask.FromResult(0L);
    }

    sealed class NoSightings : ISightings
    {
        public ValueTask SaveAsync(IReadOnlyList<Sighting> seen, long unlisted, CancellationToken stop) =>
            ValueTask.CompletedTask;
        public ValueTask<IReadOnlyList<Sighting>> ListAsync(CancellationToken stop) =>
            ValueTask.FromResult<IReadOnlyList<Sighting>>([]);
        public ValueTask<long> ForgottenAsync(CancellationToken stop) => ValueTask.FromResult(0L);
        public ValueTask<Sighting?> FindAsync(long id, CancellationToken stop) => ValueTask.FromResult<Sighting?>(null);
        public ValueTask<bool> RemoveAsync(long id, CancellationToken stop) => ValueTask.FromResult(false);
    }

    sealed class NoStates : IFieldStates
    {
        public ValueTask SaveAsync(IReadOnlyList<FieldState> states, CancellationToken stop) => ValueTask.CompletedTask;
        public ValueTask<IReadOnlyList<FieldState>> ListAsync(CancellationToken stop) =>
            ValueTask.FromResult<IReadOnlyList<FieldState>>([]);
    }
}
