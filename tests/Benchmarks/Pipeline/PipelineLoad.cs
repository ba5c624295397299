using System.Diagnostics;
using System.Globalization;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Store.Sqlite;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Benchmarks.Pipeline;

/// <summary>
/// Senders that wait for their receipt, through the pipeline into the embedded store: group commit at work. Counts what
/// the store has at the end.
/// </summary>
static class PipelineLoad
{
    const int Meters = 1_000;
    const int ReadingsPerBatch = 10;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var batches = arguments is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 100_000;
        foreach (var senders in new[] { 1, 20, 200, 2_000 })
        {
            await MeasureAsync("no store", senders, batches, services => services.AddSingleton<NoStore>()
                .AddSingleton<ISeriesWriter>(found => found.GetRequiredService<NoStore>())
                .AddSingleton<IWorkLedger>(found => found.GetRequiredService<NoStore>()));
            await MeasureAsync("SQLite", senders, senders == 1 ? batches / 50 : batches, _ => { });
        }
        return 0;
    }

    static async Task MeasureAsync(string name, int senders, int batches, Action<IServiceCollection> change)
    {
        using var folder = new TempFolder();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(Some.Calendar)
            .AddSqliteStore(new StoreOptions(folder.Path));
        change(builder.Services);
        using var host = builder.AddPipeline().Build();
        await host.StartAsync();
        var editor = host.Services.GetRequiredService<IRegistryEditor>();
        var registry = await editor.ApplyAsync(Rows(), "bench", CancellationToken.None);
        var sink = host.Services.GetRequiredService<IReadingSink>();
        await SendAsync(sink, registry, senders, batches / 10, -1_000_000);
        var (began, bytes, cpu) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes(true), Cpu());
        await SendAsync(sink, registry, senders, batches, 0);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (spent, allocated) = (Cpu() - cpu, GC.GetTotalAllocatedBytes(true) - bytes);
        var stored = host.Services.GetService<NoStore>()?.Count
            ?? await CountAsync(host.Services.GetRequiredService<ISeriesReader>(), registry);
        var sent = (batches + batches / 10) * (long)ReadingsPerBatch;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-9}{senders,5} senders {batches / seconds,9:N0} batches/s ")
            + string.Create(CultureInfo.InvariantCulture,
                $"{batches * ReadingsPerBatch / seconds,9:N0} readings/s {spent / batches * 100_000,7:F2} s CPU/100k ")
            + string.Create(CultureInfo.InvariantCulture,
                $"{allocated / (double)batches,9:N0} B/batch  lost {sent - stored}"));
        await host.StopAsync();
    }

    static HostApplicationBuilder AddPipeline(this HostApplicationBuilder builder)
    {
        builder.Services.AddReadingPipeline(new PipelineOptions());
        return builder;
    }

    static async Task SendAsync(IReadingSink sink, RegistrySnapshot registry, int senders, int batches, int first)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, senders).Select(_ => Task.Run(async () =>
        {
            for (var i = Interlocked.Increment(ref next); i < batches; i = Interlocked.Increment(ref next))
                await await sink.PutAsync(Batch(registry, first + i), CancellationToken.None);
        })));
    }

    static readonly Instant Start = Instant.From(TimeProvider.System.GetUtcNow()) - TimeSpan.FromHours(20);

    static IngestBatch Batch(RegistrySnapshot registry, int number)
    {
        var meter = registry.Meters[Math.Abs(number % Meters)].Id;
        var at = Start + TimeSpan.FromMilliseconds(number / Meters * 1_000);
        var readings = new Reading[ReadingsPerBatch];
        for (var i = 0; i < readings.Length; i++)
            readings[i] = new Reading(new SeriesKey(meter, (Quantity)(i + 7)), at, 0.5);
        return new IngestBatch(
            "mqtt:GW-01", Start, readings, new int[ReadingsPerBatch], [], PayloadFormats.Json, default);
    }

    static async Task<long> CountAsync(ISeriesReader reader, RegistrySnapshot registry)
    {
        var count = 0L;
        var period = new Period(Start - TimeSpan.FromDays(1), Start + TimeSpan.FromDays(2));
        foreach (var meter in registry.Meters)
            for (var i = 0; i < ReadingsPerBatch; i++)
            {
                var series = new SeriesKey(meter.Id, (Quantity)(i + 7));
                await foreach (var chunk in reader.ReadAsync(series, period, CancellationToken.None))
                    count += chunk.Length;
            }
        return count;
    }

    static RegistryRows Rows() => new()
    {
        Institutions =
            [new InstitutionRow(default, "ORG-1", Some.Day, null, new InstitutionFacts("ORG-1", "021", "教育", null))],
        Gateways = [new GatewayRow(default, "GW-01", "GW-01", GatewayKind.Mqtt, null, null, null, Some.Day)],
        Meters = [.. Enumerable.Range(1, Meters).Select(i => new MeterRow(
            default, $"M-{i:0000}", Carrier.Electricity, Some.Day, null,
            new MeterFacts("ORG-1", "m", MeterRole.Main, null, 1, null, null, 60, null, "GW-01", null)))],
    };

    static double Cpu()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>Takes everything and keeps a count: what the pipeline itself costs.</summary>
    sealed class NoStore : ISeriesWriter, IWorkLedger
    {
        long _count;

        public long Count => Interlocked.Read(ref _count);

        public ValueTask<WriteReceipt> WriteAsync(ReadOnlyMemory<Reading> batch, CancellationToken stop)
        {
            Interlocked.Add(ref _count, batch.Length);
            return ValueTask.FromResult(WriteReceipt.All(batch.Length));
        }

        public ValueTask MarkAsync(IReadOnlyCollection<MeterDay> days, CancellationToken stop) =>
            ValueTask.CompletedTask;
        public ValueTask<IReadOnlyList<WorkMark>> OpenAsync(int limit, CancellationToken stop) =>
            ValueTask.FromResult<IReadOnlyList<WorkMark>>([]);
        public ValueTask<int> SettleAsync(IReadOnlyList<WorkMark> marks, Instant now, CancellationToken stop) =>
            ValueTask.FromResult(0);
        public ValueTask<long> CountAsync(CancellationToken stop) => ValueTask.FromResult(0L);
    }
}
