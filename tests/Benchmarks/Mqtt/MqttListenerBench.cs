using System.Diagnostics;
using System.Globalization;
using System.Net;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>What the listener costs per message: alone, and with the payload decoded.</summary>
static class MqttListenerBench
{
    const int Connections = 100;
    const int Window = 20;
    const int WarmUp = 200_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var messages = arguments is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 2_000_000;
        Console.WriteLine(
            $"{Connections} connections, QoS 1, {Window} in flight each, {MqttBlast.Payload.Length} bytes of payload, "
            + $"{messages} messages");
        await MeasureAsync("listener, counting", messages, decodes: false);
        await MeasureAsync("listener, decoding and counting", messages, decodes: true);
        return 0;
    }

    static async Task MeasureAsync(string name, int messages, bool decodes)
    {
        var sink = new CountingSink();
        await using var app = Build(sink, decodes);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        var port = new Uri(addresses.Addresses.Single()).Port;
        await BlastAsync(port, WarmUp);
        sink.Count = 0;
        var result = await BlastAsync(port, messages);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-32} {messages / result.Seconds,10:N0}/s  CPU {result.Cpu / messages * 100_000:F3} s/100k  ")
            + string.Create(CultureInfo.InvariantCulture,
                $"{result.Bytes / (double)messages,7:F1} B/message  lost {messages - sink.Count}"));
        await app.StopAsync();
    }

    static async Task<(double Seconds, double Cpu, long Bytes)> BlastAsync(int port, int messages)
    {
        using var blast = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, ["mqtt-blast", $"{port}", $"{Connections}", $"{Window}", $"{messages}"])
        { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await blast.StandardOutput.ReadLineAsync();
        using var self = Process.GetCurrentProcess();
        var (cpu, bytes) = (self.TotalProcessorTime, GC.GetTotalAllocatedBytes(precise: true));
        await blast.StandardInput.WriteLineAsync("go");
        var seconds = double.Parse((await blast.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        self.Refresh();
        var result = (
            seconds, (self.TotalProcessorTime - cpu).TotalSeconds, GC.GetTotalAllocatedBytes(precise: true) - bytes);
        await blast.WaitForExitAsync();
        return result;
    }

    static WebApplication Build(CountingSink sink, bool decodes)
    {
        var gateway = Some.Gateway(
            "GW-01", secretHash: SecretHash.Create(MqttBlast.Secret, SecretHash.GatewayIterations));
        var registry = new FixedRegistry(Some.Registry(gateways: [gateway]));
        var options = new MqttOptions();
        var states = new FieldStateRecorder(
            new NoStates(), new PipelineOptions(), TimeProvider.System, NullLogger<FieldStateRecorder>.Instance);
        var intake = new MqttIntake(registry, Some.Calendar, states);
        var metrics = new MqttMetrics();
        var exchange = new MessageExchange(options, TimeProvider.System);
        var parts = new ListenerParts
        {
            Options = options,
            Logins = new GatewayLogins(
                registry, new GatewaySecrets(new VerifiedSecrets(), new LoginGuard(options, TimeProvider.System)), options),
            Sessions = new GatewaySessions(
                options, TimeProvider.System, exchange, new Wills(exchange, intake, TimeProvider.System)),
            Exchange = exchange,
            Intake = intake,
            Put = decodes
                ? (delivery, stop) => intake.PutAsync(sink, delivery, stop)
                : (_, _) => sink.CountAsync(),
            Flow = metrics.FlowOf("listener"),
            Clock = TimeProvider.System,
            Log = NullLogger.Instance,
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new MqttListener(parts));
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<MqttListener>()));
        return builder.Build();
    }

    sealed class CountingSink : IReadingSink
    {
        static readonly Task<IngestReceipt> Stored = Task.FromResult(new IngestReceipt(10, 10, []));
        int _count;

        public int Count { get => _count; set => _count = value; }

        public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop) =>
            batch.Refusals.Count == 0 ? CountAsync() : throw new InvalidOperationException(batch.Refusals[0].Detail);

        public ValueTask<Task<IngestReceipt>> CountAsync()
        {
            Interlocked.Increment(ref _count);
            return ValueTask.FromResult(Stored);
        }
    }

    sealed class NoStates : IFieldStates
    {
        public ValueTask SaveAsync(IReadOnlyList<FieldState> states, CancellationToken stop) => ValueTask.CompletedTask;
        public ValueTask<IReadOnlyList<FieldState>> ListAsync(CancellationToken stop) =>
            ValueTask.FromResult<IReadOnlyList<FieldState>>([]);
    }
}
