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

/// <summary>The listener as the service wires it, on a free loopback port.</summary>
sealed class BenchListener : IAsyncDisposable
{
    readonly WebApplication _app;

    BenchListener(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Services.GetRequiredService<IServer>().Features
        .Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    public IServiceProvider Services => _app.Services;

    /// <summary>In front of a counting sink.</summary>
    public static async Task<(BenchListener Listener, CountingSink Sink)> CountingAsync(int gateways)
    {
        var sink = new CountingSink();
        var listener = await StartAsync(services => services
            .AddSingleton<IRegistry>(new FixedRegistry(LoadGateways.Registry(gateways)))
            .AddSingleton<IReadingSink>(sink)
            .AddSingleton<IFieldStates>(new NoStates())
            .AddSingleton(new PipelineOptions())
            .AddSingleton<FieldStateRecorder>());
        return (listener, sink);
    }

    public static async Task<BenchListener> StartAsync(Action<IServiceCollection> behind)
    {
        var options = new MqttOptions
        {
            Port = 0, MaxConnections = 100_000, MaxConnectionsPerAddress = 100_000, ConnectTimeout = TimeSpan.FromMinutes(1),
        };
        var builder = Builder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenForGateways(options));
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(Some.Calendar);
        behind(builder.Services);
        builder.Services.AddMqtt(options, []);
        return await StartAsync(builder);
    }

    /// <summary>Another handler in the place of ours: a ceiling.</summary>
    public static async Task<BenchListener> StartAsync<T>() where T : ConnectionHandler
    {
        var builder = Builder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            System.Net.IPAddress.Loopback, 0, port => port.UseConnectionHandler<T>()));
        return await StartAsync(builder);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    static WebApplicationBuilder Builder()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Error).AddConsole();
        return builder;
    }

    static async Task<BenchListener> StartAsync(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        await app.StartAsync();
        return new BenchListener(app);
    }

    sealed class NoStates : IFieldStates
    {
        public ValueTask SaveAsync(IReadOnlyList<FieldState> states, CancellationToken stop) => ValueTask.CompletedTask;
        public ValueTask<IReadOnlyList<FieldState>> ListAsync(CancellationToken stop) =>
            ValueTask.FromResult<IReadOnlyList<FieldState>>([]);
    }
}
