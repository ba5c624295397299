using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>
/// Reads of 60 registers over 200 connections from a slave that answers at once, in turn with a bare asynchronous socket that checks
/// nothing: the ceiling. Rates are noisy; the ratio of one run, CPU and bytes for each transaction are what counts.
/// </summary>
static class ModbusLoad
{
    const int Connections = 200;
    const int Rounds = 5;
    const int PerConnection = 1500;
    static readonly MeterRequest Request = new(1, MeterFunction.HoldingRegisters, 100, 60);

    public static async Task RunAsync()
    {
        using var slave = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(ModbusLoad).Assembly.Location, "modbus-slave"])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            var port = int.Parse((await slave.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            var endpoint = new ModbusEndpoint("127.0.0.1", port, ModbusFraming.Tcp);
            var (bare, ours) = (new List<Figure>(), new List<Figure>());
            await MeasureAsync(endpoint, BareAsync);
            await MeasureAsync(endpoint, OursAsync);
            for (var round = 0; round < Rounds; round++)
            {
                bare.Add(await MeasureAsync(endpoint, BareAsync));
                ours.Add(await MeasureAsync(endpoint, OursAsync));
            }
            Print("bare socket", bare);
            Print("ours", ours);
            var ratio = Median(ours, figure => figure.Rate) / Median(bare, figure => figure.Rate);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ratio {ratio:0.00}, lost {ours.Sum(figure => figure.Lost)}"));
        }
        finally
        {
            slave.Kill();
        }
    }

    static async Task<Figure> MeasureAsync(ModbusEndpoint endpoint, Func<ModbusEndpoint, Gate, Task<int>> client)
    {
        var gate = new Gate();
        var clients = Enumerable.Range(0, Connections).Select(_ => client(endpoint, gate)).ToArray();
        await gate.AllReady;
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        var (cpu, bytes, watch) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(true), Stopwatch.StartNew());
        gate.Open();
        var answered = (await Task.WhenAll(clients)).Sum();
        watch.Stop();
        process.Refresh();
        const int asked = Connections * PerConnection;
        return new(
            asked / watch.Elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds * 100_000 / asked,
            (GC.GetTotalAllocatedBytes(true) - bytes) / (double)asked, asked - answered);
    }

    // Connected and warm before the clock starts.
    static async Task<int> OursAsync(ModbusEndpoint endpoint, Gate gate)
    {
        await using var transport = LineTransport.Over(endpoint, TimeSpan.FromSeconds(10), TimeProvider.System);
        var timing = ModbusTiming.Default with { ResponseTimeout = TimeSpan.FromSeconds(10) };
        for (var i = 0; i < 100; i++) await transport.AskAsync(Request, timing, default);
        await gate.PassAsync();
        var answered = 0;
        for (var i = 0; i < PerConnection; i++)
        {
            var answer = await transport.AskAsync(Request, timing, default);
            if (answer.Data.Length == 2 * Request.Count && answer.Data.Span[1] == Request.Address) answered++;
        }
        return answered;
    }

    static async Task<int> BareAsync(ModbusEndpoint endpoint, Gate gate)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint.Host, endpoint.Port);
        byte[] request = [0, 1, 0, 0, 0, 6, 1, 3, 0, 100, 0, 60];
        var answer = new byte[260];
        for (var i = -100; i < PerConnection; i++)
        {
            if (i == 0) await gate.PassAsync();
            await socket.SendAsync(request.AsMemory(), SocketFlags.None);
            for (var filled = 0; filled < 9 + 2 * Request.Count;)
                filled += await socket.ReceiveAsync(answer.AsMemory(filled), SocketFlags.None);
        }
        return PerConnection;
    }

    static void Print(string name, List<Figure> figures) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-12} {Median(figures, f => f.Rate),9:0} tx/s [{figures.Min(f => f.Rate):0}..{figures.Max(f => f.Rate):0}]"
        + $"  {Median(figures, f => f.CpuPer100K):0.00} CPU s/100k  {Median(figures, f => f.BytesEach):0.0} B/tx"));

    static double Median(List<Figure> figures, Func<Figure, double> of) => figures.Select(of).Order().ElementAt(figures.Count / 2);

    /// <summary>Lets nobody start before all are connected and warm.</summary>
    sealed class Gate
    {
        readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int _waiting;

        public Task AllReady => _ready.Task;

        public void Open() => _open.SetResult();

        public Task PassAsync()
        {
            if (Interlocked.Increment(ref _waiting) == Connections) _ready.SetResult();
            return _open.Task;
        }
    }

    readonly record struct Figure(double Rate, double CpuPer100K, double BytesEach, int Lost);
}
