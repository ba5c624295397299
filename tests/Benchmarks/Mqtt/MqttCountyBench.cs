using System.Globalization;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Store.Sqlite;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// <c>mqtt-county [seconds] [sqlite]</c>: 2,000 gateways connected at once with 10 messages of 10 values a second each,
/// decoded, screened and committed by the pipeline; without a store, since what it asks is above what the embedded one
/// takes, or into that.
/// </summary>
static class MqttCountyBench
{
    const int Gateways = 2_000;
    const int Rate = 10;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var seconds = arguments is [var first, ..] ? int.Parse(first, CultureInfo.InvariantCulture) : 30;
        var isStored = arguments is [_, "sqlite"];
        Console.WriteLine(
            $"{Gateways} gateways, {Rate} messages of 10 values a second each for {seconds} s, "
            + (isStored ? "SQLite store" : "pipeline without a store"));
        using var folder = new TempFolder();
        await using var listener = await BenchListener.StartAsync(services =>
        {
            services.AddSqliteStore(new StoreOptions(folder.Path)).AddReadingPipeline(new PipelineOptions());
            if (!isStored) NoStore.Replace(services);
        });
        var editor = listener.Services.GetRequiredService<IRegistryEditor>();
        await editor.ApplyAsync(LoadGateways.Rows(Gateways), "bench", CancellationToken.None);
        await using var load = LoadProcess.Start("mqtt-paced", listener.Port, Gateways, Rate);
        await load.HearAsync();
        await PacedRun.MeasureAsync(load, 2);
        var pipeline = listener.Services.GetRequiredService<ReadingPipeline>();
        var stored = pipeline.Counters.Stored;
        var start = Cost.Now;
        var run = await PacedRun.MeasureAsync(load, seconds);
        var cost = (Cost.Now - start) with { Seconds = seconds };
        cost.Print("county, listener to receipt", (int)run.Sent, run.Sent - run.Acknowledged, Gateways * Rate);
        var kept = (pipeline.Counters.Stored - stored) / LoadGateways.ReadingsEach;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {run}, {cost.Cpu / seconds:F2} cores, {Environment.WorkingSet >> 20} MiB; ")
            + $"acknowledged and not stored {Math.Max(0, run.Acknowledged - kept)}");
        return 0;
    }
}

/// <summary>What a paced load saw.</summary>
sealed record PacedRun(long Sent, long Acknowledged, double Median, double P99, double Longest)
{
    public static async Task<PacedRun> MeasureAsync(LoadProcess load, double seconds)
    {
        await load.SayAsync(seconds.ToString(CultureInfo.InvariantCulture));
        var n = await load.NumbersAsync();
        return new((long)n[0], (long)n[1], n[2], n[3], n[4]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"acknowledged {Acknowledged} of {Sent}, p50 {Median:F2} ms, p99 {P99:F2} ms, longest {Longest:F0} ms");
}
