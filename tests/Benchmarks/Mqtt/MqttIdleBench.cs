using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// <c>mqtt-idle [connections…]</c>: what a gateway that is connected and silent keeps of our memory; each has sent one
/// message first. The kernel's part of a socket is not in it.
/// </summary>
static class MqttIdleBench
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        int[] counts = arguments.Length == 0
            ? [2_000, 10_000] : [.. arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture))];
        foreach (var count in counts) await MeasureAsync(count);
        return 0;
    }

    static async Task MeasureAsync(int connections)
    {
        var (listener, sink) = await BenchListener.CountingAsync(connections);
        await using var _ = listener;
        // The code and the tables that the first ones need are not counted.
        await using (var first = await IdleAsync(listener.Port, 100)) { }
        var before = await MemoryAsync();
        await using var load = await IdleAsync(listener.Port, connections);
        var after = await MemoryAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{connections,6} idle connections: {(after.Resident - before.Resident) / 1024.0 / connections,6:F1} KiB resident each, ")
            + string.Create(CultureInfo.InvariantCulture,
                $"{(after.Managed - before.Managed) / 1024.0 / connections,6:F1} KiB of objects each, ")
            + $"{after.Resident >> 20} MiB in all; lost {connections + 100 - sink.Messages}");
    }

    static async Task<LoadProcess> IdleAsync(int port, int connections)
    {
        var load = LoadProcess.Start("mqtt-idlers", port, connections);
        await load.HearAsync();
        return load;
    }

    static async Task<(long Resident, long Managed)> MemoryAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        using var settled = new PeriodicTimer(TimeSpan.FromSeconds(2));
        await settled.WaitForNextTickAsync();
        using var self = Process.GetCurrentProcess();
        return (self.WorkingSet64, GC.GetTotalMemory(forceFullCollection: true));
    }
}

/// <summary><c>mqtt-idlers port connections</c>: gateways that send one message, and then nothing until the end.</summary>
static class MqttIdlers
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var port = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var count = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        var sockets = new List<Socket>();
        foreach (var some in Enumerable.Range(0, count).Chunk(50))
            sockets.AddRange(await Task.WhenAll(some.Select(i => ConnectAsync(port, i))));
        Console.WriteLine("ready");
        Console.ReadLine();
        foreach (var socket in sockets) socket.Dispose();
        return 0;
    }

    static async Task<Socket> ConnectAsync(int port, int number)
    {
        var socket = await LoadGateways.ConnectAsync(port, number, number);
        await socket.SendAsync(LoadGateways.Publish(number, 1));
        await socket.ReceiveAsync(new byte[4]);
        return socket;
    }
}
