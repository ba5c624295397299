using EnergyWatch.Analytics.Jobs;
using EnergyWatch.Store.Sqlite;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;

namespace EnergyWatch.Analytics.Tests.Jobs;

/// <summary>A service that runs nothing but jobs, on a file that outlives it, with a probe for a log.</summary>
sealed class JobServer : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly IHost _host;

    JobServer(IHost host, LogProbe log, string file) => (_host, Log, File) = (host, log, file);

    public LogProbe Log { get; }

    public string File { get; }

    public JobRegister Register => _host.Services.GetRequiredService<JobRegister>();

    public static async Task<JobServer> StartAsync(
        string file, JobDefinition[] jobs, Func<JobOptions, JobOptions>? change = null)
    {
        var log = new LogProbe();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<ILoggerFactory>(log).AddSingleton(TimeProvider.System)
            .AddSingleton(Some.Calendar);
        var options = new JobOptions
        {
            Store = new JobStoreOptions(SqliteNative.Factory, SqliteNative.ConnectionString(file)),
            MissedAfter = TimeSpan.FromSeconds(1),
        };
        builder.Services.AddJobs(change?.Invoke(options) ?? options);
        foreach (var job in jobs) builder.Services.AddJob(job);
        var server = new JobServer(builder.Build(), log, file);
        await server._host.StartAsync();
        return server;
    }

    public async Task<IScheduler> SchedulerAsync() =>
        await _host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler(CancellationToken.None);

    public async Task<JobState> StateAsync(string job) =>
        (await Register.ListAsync(CancellationToken.None)).Single(state => state.Name == job);

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else _host.Dispose();
    }
}

/// <summary>A job body that counts its runs and lets a test wait for the next one.</summary>
sealed class Counted
{
    readonly Lock _lock = new();
    readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    int _runs;

    public int Runs { get { lock (_lock) return _runs; } }

    public Func<CancellationToken, Task>? During { get; set; }

    public JobDefinition Job(string name = "work", string cron = "0 0 0 1 1 ? 2099") => new(name, "工作", cron, RunAsync);

    public Task ReachedAsync(int count)
    {
        lock (_lock)
        {
            if (_runs >= count) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.WaitAsync(JobServer.Patience);
        }
    }

    async Task<string> RunAsync(IServiceProvider services, CancellationToken stop)
    {
        lock (_lock)
        {
            _runs++;
            foreach (var (_, reached) in _waiting.Where(one => one.Count <= _runs)) reached.TrySetResult();
        }
        if (During is { } during) await during(stop);
        return $"run {_runs}";
    }
}
