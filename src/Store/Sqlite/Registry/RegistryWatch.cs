using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Store.Sqlite.Registry;

/// <summary>Notices, by asking once a poll, that another process changed the registry.</summary>
sealed class RegistryWatch(
    SqliteRegistry registry, StoreOptions options, TimeProvider clock, ILogger<RegistryWatch> log)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.RegistryPoll, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                await registry.RefreshAsync(stoppingToken);
            }
            catch (SqliteException fault)
            {
                Log.RegistryUnreadable(log, fault);
            }
    }
}
