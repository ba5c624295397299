using System.Diagnostics;
using System.Globalization;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>What one run of one client came to.</summary>
/// <param name="Rate">Transactions a second.</param>
/// <param name="CpuPer100K">CPU seconds of this process for 100,000 of them.</param>
/// <param name="BytesEach">Bytes allocated for each.</param>
/// <param name="Lost">Asked and not answered with the registers that were asked for.</param>
readonly record struct Figure(double Rate, double CpuPer100K, double BytesEach, int Lost)
{
    /// <summary>
    /// All clients connected and warm first; then the clock, the CPU and the allocations of this process from the first question to
    /// the last answer.
    /// </summary>
    public static async Task<Figure> MeasureAsync(int connections, int each, Func<Gate, Task<int>> client)
    {
        var gate = new Gate(connections);
        var clients = Enumerable.Range(0, connections).Select(_ => client(gate)).ToArray();
        await await Task.WhenAny(gate.AllReady, Task.WhenAll(clients));
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        var (cpu, bytes, watch) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(true), Stopwatch.StartNew());
        gate.Open();
        var answered = (await Task.WhenAll(clients)).Sum();
        watch.Stop();
        process.Refresh();
        var asked = connections * each;
        return new(
            asked / watch.Elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds * 100_000 / asked,
            (GC.GetTotalAllocatedBytes(true) - bytes) / (double)asked, asked - answered);
    }

    public static double Median(IEnumerable<Figure> figures, Func<Figure, double> of)
    {
        var sorted = figures.Select(of).Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    public static void Print(string name, IReadOnlyList<Figure> figures) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"  {name,-12} {Median(figures, f => f.Rate),9:0} tx/s [{figures.Min(f => f.Rate):0}..{figures.Max(f => f.Rate):0}]"
        + $"  {Median(figures, f => f.CpuPer100K):0.00} CPU s/100k  {Median(figures, f => f.BytesEach):0.0} B/tx"
        + $"  lost {figures.Sum(f => f.Lost)}"));
}

/// <summary>Lets nobody start before all are connected and warm.</summary>
sealed class Gate(int clients)
{
    readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _waiting;

    public Task AllReady => _ready.Task;

    public void Open() => _open.SetResult();

    public Task PassAsync()
    {
        if (Interlocked.Increment(ref _waiting) == clients) _ready.SetResult();
        return _open.Task;
    }
}
