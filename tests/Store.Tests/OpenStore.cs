using EnergyWatch.Domain.Time;
using EnergyWatch.Store.Sqlite;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Store.Tests;

/// <summary>
/// The whole store over a folder, wired as the service wires it. Two of them on one folder are two processes to each
/// other.
/// </summary>
sealed class OpenStore : IAsyncDisposable
{
    readonly TempFolder? _own;
    readonly ServiceProvider _provider;

    OpenStore(TempFolder? own, string folder, TimeProvider clock, string zone)
    {
        _own = own;
        Options = new StoreOptions(folder);
        _provider = new ServiceCollection()
            .AddSingleton(clock)
            .AddSingleton(ReportingCalendar.For(zone))
            .AddSingleton<ILoggerFactory>(Logged)
            .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddSqliteStore(Options)
            .BuildServiceProvider();
    }

    public StoreOptions Options { get; }
    public LogProbe Logged { get; } = new();

    public static async Task<OpenStore> InAsync(
        string? folder = null, TimeProvider? clock = null, string zone = "Asia/Shanghai")
    {
        var own = folder is null ? new TempFolder() : null;
        var store = new OpenStore(own, folder ?? own!.Path, clock ?? new TestClock(), zone);
        await store.Get<SqliteStore>().OpenAsync(CancellationToken.None);
        return store;
    }

    public T Get<T>() where T : notnull => _provider.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        _own?.Dispose();
        Logged.AssertNoErrors();
    }
}
