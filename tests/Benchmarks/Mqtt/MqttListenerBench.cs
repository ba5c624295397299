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

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// <c>mqtt-listener [messages]</c>: what the listener costs per message of ten values, decoded: into a counting sink, into
/// the pipeline without a store, and into the embedded store, where it is durable before it is acknowledged.
/// </summary>
static class MqttListenerBench
{
    const int Connections = 100;
    const int Window = 20;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var messages = arguments is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 2_000_000;
        Console.WriteLine($"{Connections} connections, QoS 1, {Window} in flight each, 10 values a message, {messages} messages");
        double ceiling;
        await using (var bare = await BenchListener.StartAsync<BareListener>())
            ceiling = await MeasureAsync("bare Kestrel connection, nothing decoded", bare.Port, messages, () => BareListener.Messages, null);
        var (listener, sink) = await BenchListener.CountingAsync(Connections);
        await using (listener)
            await MeasureAsync("listener, decoded, counting sink", listener.Port, messages, () => sink.Messages, ceiling);
        await PipelineAsync("listener, decoded, pipeline without a store", messages / 2, ceiling, isStored: false);
        await PipelineAsync("listener, decoded, SQLite store", messages / 20, ceiling, isStored: true);
        return 0;
    }

    static async Task<double> MeasureAsync(string name, int port, int messages, Func<long> count, double? ceiling)
    {
        await using var blast = LoadProcess.Start("mqtt-blast", port, Connections, Window, messages, Connections);
        await blast.HearAsync();
        // Once to warm up, once to measure.
        await blast.BeginAsync();
        await blast.HearAsync();
        var (before, start) = (count(), Cost.Now);
        await blast.BeginAsync();
        var seconds = (await blast.NumbersAsync())[0];
        var cost = (Cost.Now - start) with { Seconds = seconds };
        return cost.Print(name, messages, messages - (count() - before), ceiling);
    }

    static async Task PipelineAsync(string name, int messages, double ceiling, bool isStored)
    {
        using var folder = new TempFolder();
        await using var listener = await BenchListener.StartAsync(services =>
        {
            services.AddSqliteStore(new StoreOptions(folder.Path)).AddReadingPipeline(new PipelineOptions());
            if (!isStored) NoStore.Replace(services);
        });
        var editor = listener.Services.GetRequiredService<IRegistryEditor>();
        await editor.ApplyAsync(LoadGateways.Rows(Connections), "bench", CancellationToken.None);
        var pipeline = listener.Services.GetRequiredService<ReadingPipeline>();
        await MeasureAsync(
            name, listener.Port, messages, () => pipeline.Counters.Stored / LoadGateways.ReadingsEach, ceiling);
        if (!isStored) return;
        var stored = await CountAsync(listener.Services);
        Console.WriteLine($"  read back from the store: lost {messages * 2L * LoadGateways.ReadingsEach - stored} readings");
    }

    static async Task<long> CountAsync(IServiceProvider services)
    {
        var (reader, registry) = (services.GetRequiredService<ISeriesReader>(), services.GetRequiredService<IRegistry>());
        var now = Instant.From(TimeProvider.System.GetUtcNow());
        var period = new Period(now - TimeSpan.FromDays(2), now + TimeSpan.FromDays(1));
        var count = 0L;
        foreach (var meter in registry.Current.Meters)
            foreach (var quantity in Enum.GetValues<Quantity>())
                await foreach (var chunk in reader.ReadAsync(new SeriesKey(meter.Id, quantity), period, CancellationToken.None))
                    count += chunk.Length;
        return count;
    }
}
