using EnergyWatch.Api.Configuration;
using EnergyWatch.Api.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace EnergyWatch.Api.Cli;

/// <summary>Opens the store for a command that works on it directly, beside a running service or without one.</summary>
static class StoreCommand
{
    public static async Task<int> RunAsync(
        AppConfig config, Func<IServiceProvider, Task<int>> work, CancellationToken stop, Action<IServiceCollection>? more = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.Services.AddFoundation(config);
        more?.Invoke(builder.Services);
        using var host = builder.Build();
        await host.StartAsync(stop);
        try
        {
            return await work(host.Services);
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }
}
