using System.Diagnostics;
using System.Globalization;
using System.Net;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// What messages between clients cost, beside a bare socket that hands the same bytes to as many; and what readings of
/// others suffer from a client that subscribes without end.
/// </summary>
static class ExchangeBench
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var rounds = arguments is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 1;
        await using var app = Build();
        await app.StartAsync();
        var port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        Console.WriteLine($"messages of {FanOut.PayloadBytes} bytes to every subscriber; CPU and bytes of the listener's process");
        (int Subscribers, int Batch, int Messages, int Qos)[] rows =
            [(1, 500, 300_000, 0), (1, 500, 100_000, 1), (100, 100, 8_000, 0), (100, 100, 4_000, 1), (2_000, 20, 400, 0), (2_000, 1, 300, 0)];
        for (var round = 0; round < rounds; round++)
            foreach (var row in rows)
            {
                await FanOutAsync("exchange", port, row.Subscribers, row.Batch, row.Messages, row.Qos);
                if (row.Qos > 0) continue;
                await using var bare = new BareFanOut();
                await FanOutAsync("bare", bare.Port, row.Subscribers, row.Batch, row.Messages, row.Qos);
            }
        Console.WriteLine("100 gateways with a reading each every 10 ms, QoS 1, counting sink: from sent to acknowledged");
        for (var round = 0; round < rounds; round++)
            foreach (var flood in Flooding.Kinds)
            {
                using var load = Start("flood", $"{port}", flood, "8");
                Console.WriteLine((await load.StandardOutput.ReadToEndAsync()).TrimEnd());
            }
        await app.StopAsync();
        return 0;
    }

    /// <summary>The load, in a process of its own.</summary>
    public static async Task<int> LoadAsync(string[] arguments)
    {
        int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
        if (arguments[0] == "fan-out") await FanOut.RunAsync(arguments[1], [.. arguments[2..].Select(Number)]);
        else await Flooding.RunAsync(Number(arguments[1]), arguments[2], Number(arguments[3]));
        return 0;
    }

    static async Task FanOutAsync(string what, int port, int subscribers, int batch, int messages, int qos)
    {
        using var load = Start("fan-out", what, $"{port}", $"{subscribers}", $"{batch}", $"{messages}", $"{qos}");
        await load.StandardOutput.ReadLineAsync();
        using var self = Process.GetCurrentProcess();
        var (cpu, bytes) = (self.TotalProcessorTime, GC.GetTotalAllocatedBytes(precise: true));
        await load.StandardInput.WriteLineAsync("go");
        var result = (await load.StandardOutput.ReadLineAsync())!.Split(' ')
            .Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        self.Refresh();
        var copies = (double)subscribers * messages;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-9}{subscribers,5} subscribers, QoS {qos}, {batch,3} at a time {copies / result[0],9:N0} copies/s"
            + $"  CPU {(self.TotalProcessorTime - cpu).TotalSeconds / copies * 100_000:F3} s/100k")
            + string.Create(CultureInfo.InvariantCulture,
                $"  {(GC.GetTotalAllocatedBytes(precise: true) - bytes) / copies,6:F0} B/copy"
                + $"  until the last has it p50 {result[1]:F2} p99 {result[2]:F2} ms  lost {result[3]:F0}"));
        await load.WaitForExitAsync();
    }

    static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath!, ["mqtt-exchange-load", .. arguments])
    { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    static WebApplication Build()
    {
        var hash = SecretHash.Create(ExchangeClient.Secret, 10);
        var gateways = Enumerable.Range(0, 2_001).Select(i => Some.Gateway(ExchangeClient.NameOf(i), secretHash: hash));
        var options = new MqttOptions
        {
            // One publisher stands for many here.
            MaxMessagesPerSecond = 0,
            Port = 0, TopicRules = ["* both site/#", "* subscribe energywatch/v1/+/x"],
            MaxConnections = 10_000, MaxConnectionsPerAddress = 10_000,
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IRegistry>(new FixedRegistry(Some.Registry(gateways: gateways)));
        builder.Services.AddSingleton<IReadingSink, CountingSink>();
        builder.Services.AddSingleton<IFieldStates, NoStates>();
        builder.Services.AddSingleton(Some.Calendar);
        builder.Services.AddSingleton(new PipelineOptions());
        builder.Services.AddSingleton<FieldStateRecorder>();
        builder.Services.AddMqtt(options, []);
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<MqttListener>()));
        return builder.Build();
    }

    sealed class CountingSink : IReadingSink
    {
        static readonly Task<IngestReceipt> Stored = Task.FromResult(new IngestReceipt(1, 1, []));

        public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop) =>
            ValueTask.FromResult(Stored);
    }

    sealed class NoStates : IFieldStates
    {
        public ValueTask SaveAsync(IReadOnlyList<FieldState> states, CancellationToken stop) => ValueTask.CompletedTask;
        public ValueTask<IReadOnlyList<FieldState>> ListAsync(CancellationToken stop) =>
            ValueTask.FromResult<IReadOnlyList<FieldState>>([]);
    }
}
