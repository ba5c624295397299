using System.Diagnostics;
using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Store.Sqlite;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>
/// The whole way from meter to sink: 5,000 meters of 60 registers behind 200 endpoints, each meter polled every 10 seconds and answering
/// after 20 ms. What the simulator answered is held against what came to the sink and what the store holds; the same with one endpoint in
/// ten refusing connections, not accepting them, or accepting and staying silent.
/// </summary>
static class CountyLoad
{
    const string AnswerMs = "20";
    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15);
    static readonly TimeSpan LastAnswersIn = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var seconds = arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 60;
        await MeasureAsync("counting sink", 0, stores: false, seconds);
        await MeasureAsync("counting sink, one endpoint in ten dead", CountyField.Endpoints / 10, stores: false, seconds);
        await MeasureAsync("SQLite store", 0, stores: true, seconds);
        await MeasureAsync("SQLite store, one endpoint in ten dead", CountyField.Endpoints / 10, stores: true, seconds);
        return 0;
    }

    static async Task MeasureAsync(string name, int dead, bool stores, int seconds)
    {
        using var folder = new TempFolder();
        await using var slave = await SlaveProcess.StartAsync("modbus-slave", AnswerMs, $"{CountyField.Endpoints - dead}", $"{dead}");
        using var host = Build(folder.Path, stores);
        await host.StartAsync();
        var started = TimeProvider.System.Now();
        await host.Services.GetRequiredService<IRegistryEditor>().ApplyAsync(CountyField.Rows(slave.Ports), "bench", default);
        var sink = host.Services.GetRequiredService<CountySink>();
        await Task.Delay(WarmUp, TimeProvider.System, default);

        using var process = Process.GetCurrentProcess();
        sink.Measure(true);
        var (cpu, bytes, began) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(true), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, default);
        sink.Measure(false);
        process.Refresh();
        var elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var cores = (process.TotalProcessorTime - cpu).TotalSeconds / elapsed;
        var allocated = GC.GetTotalAllocatedBytes(true) - bytes;
        var memory = process.WorkingSet64 >> 20;

        // No answer is on its way any more when ours stops: the counts must be equal.
        await slave.SilenceAsync();
        await Task.Delay(LastAnswersIn, TimeProvider.System, default);
        var answered = await slave.CountAsync();
        await host.StopAsync();
        var expected = (CountyField.Endpoints - dead) * CountyField.MetersEach * elapsed / CountyField.Period.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {sink.Polls / elapsed:0} polls/s of {expected / elapsed:0}, {cores:0.00} cores, {allocated / Math.Max(1, sink.Polls)} B/poll, {memory} MB"));
        Console.WriteLine(
            $"  from the slot: p50 {sink.OffsetMs(0.5)} ms, p99 {sink.OffsetMs(0.99)} ms, p99.9 {sink.OffsetMs(0.999)} ms, longest {sink.OffsetMs(1)} ms");
        var sent = answered * CountyModel.Points;
        Console.WriteLine($"  answered {answered} reads = {sent} values, at the sink {sink.Readings}, lost {sent - sink.Readings}, wrong {sink.Wrong}");
        if (!stores) return;
        var stored = await CountAsync(host.Services, new Period(started - TimeSpan.FromMinutes(1), TimeProvider.System.Now() + TimeSpan.FromMinutes(1)));
        Console.WriteLine($"  in the store {stored}, lost {sent - stored}");
    }

    static IHost Build(string folder, bool stores)
    {
        CountyModel.WriteTo(folder);
        var options = new ModbusOptions { ModelsFolder = folder };
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddConsole();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(Some.Calendar)
            .AddSqliteStore(new StoreOptions(folder))
            .AddReadingPipeline(new PipelineOptions())
            .AddModbus(options)
            .AddSingleton(found => new CountySink(
                found.GetRequiredService<IRegistry>(), options.Spread, stores ? found.GetRequiredService<ReadingPipeline>() : null))
            .AddSingleton<IReadingSink>(found => found.GetRequiredService<CountySink>());
        return builder.Build();
    }

    static async Task<long> CountAsync(IServiceProvider services, Period period)
    {
        var (reader, count) = (services.GetRequiredService<ISeriesReader>(), 0L);
        foreach (var meter in services.GetRequiredService<IRegistry>().Current.Meters)
            foreach (var quantity in CountyModel.Quantities)
                await foreach (var chunk in reader.ReadAsync(new SeriesKey(meter.Id, quantity), period, default)) count += chunk.Length;
        return count;
    }
}
