using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>Takes everything and keeps nothing: what the pipeline itself costs.</summary>
sealed class NoStore : ISeriesWriter, IWorkLedger
{
    public static void Replace(IServiceCollection services) => services.AddSingleton<NoStore>()
        .AddSingleton<ISeriesWriter>(found => found.GetRequiredService<NoStore>())
        .AddSingleton<IWorkLedger>(found => found.GetRequiredService<NoStore>());

    public ValueTask<WriteReceipt> WriteAsync(ReadOnlyMemory<Reading> batch, CancellationToken stop) =>
        ValueTask.FromResult(WriteReceipt.All(batch.Length));

    public ValueTask MarkAsync(IReadOnlyCollection<MeterDay> days, CancellationToken stop) => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyList<WorkMark>> OpenAsync(int limit, CancellationToken stop) =>
        ValueTask.FromResult<IReadOnlyList<WorkMark>>([]);

    public ValueTask<int> SettleAsync(IReadOnlyList<WorkMark> marks, Instant now, CancellationToken stop) =>
        ValueTask.FromResult(0);

    public ValueTask<long> CountAsync(CancellationToken stop) => ValueTask.FromResult(0L);
}
