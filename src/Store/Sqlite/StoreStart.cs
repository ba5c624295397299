using Microsoft.Extensions.Hosting;

namespace EnergyWatch.Store.Sqlite;

/// <summary>Opens the store before any other part of the host starts.</summary>
sealed class StoreStart(SqliteStore store) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken stop) => store.OpenAsync(stop);
    public Task StartAsync(CancellationToken stop) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken stop) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken stop) => Task.CompletedTask;
    public Task StopAsync(CancellationToken stop) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken stop) => Task.CompletedTask;
}
