using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class SourceHostTests : IDisposable
{
    readonly TestClock _clock = new();
    readonly LogProbe _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_source_that_faults_starts_again_after_a_growing_pause_and_its_neighbour_runs_on()
    {
        var steady = new FakeSource("steady", _ => null);
        var faulty = new FakeSource("faulty", run => run <= 3 ? new IOException($"fault {run}") : null);
        using var host = Host(steady, faulty);
        await host.StartAsync(CancellationToken.None);
        var began = _clock.Instant;
        await AdvanceUntilAsync(() => faulty.Runs == 4 && State(host, "faulty") is { Faults: 3, IsRunning: true });

        Assert.True(_clock.Instant - began >= TimeSpan.FromSeconds((1 + 2 + 4) * 0.75));
        Assert.Equal("fault 3", State(host, "faulty").LastFault);
        Assert.Equal((1, true, 0L), (steady.Runs, State(host, "steady").IsRunning, State(host, "steady").Faults));
        Assert.Equal(3, _log.Lines.Count(
            line => line.Message.StartsWith("The source faulty ended with a fault", StringComparison.Ordinal)));

        await host.StopAsync(CancellationToken.None);
        Assert.All(host.States, state => Assert.False(state.IsRunning));
        Assert.Equal(3, State(host, "faulty").Faults);
    }

    [Fact]
    public async Task A_source_that_ends_by_itself_has_faulted()
    {
        var source = new FakeSource("short", run => run == 1 ? FakeSource.Ends : null);
        using var host = Host(source);
        await host.StartAsync(CancellationToken.None);
        await AdvanceUntilAsync(() => source.Runs == 2);

        Assert.Equal("It ended without being told to.", State(host, "short").LastFault);
        await host.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_stop_during_the_pause_ends_at_once()
    {
        using var host = Host(new FakeSource("faulty", _ => new IOException("always")));
        await host.StartAsync(CancellationToken.None);
        while (State(host, "faulty").Faults == 0) await Task.Yield();
        await host.StopAsync(CancellationToken.None);

        Assert.True(host.ExecuteTask!.IsCompletedSuccessfully);
    }

    SourceHost Host(params IReadingSource[] sources) => new(sources, new NoSink(), _clock, _log.For<SourceHost>());

    static SourceState State(SourceHost host, string name) => host.States.Single(state => state.Name == name);

    async Task AdvanceUntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 100_000 && !condition(); i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
        Assert.True(condition());
    }

    sealed class NoSink : IReadingSink
    {
        public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop) =>
            throw new NotSupportedException();
    }

    sealed class FakeSource(string name, Func<int, Exception?> fault) : IReadingSource
    {
        public static readonly Exception Ends = new InvalidOperationException();

        int _runs;

        public string Name => name;
        public int Runs => Volatile.Read(ref _runs);

        public async Task RunAsync(IReadingSink sink, CancellationToken stop)
        {
            var problem = fault(Interlocked.Increment(ref _runs));
            if (problem == Ends) return;
            if (problem is not null) throw problem;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        }
    }
}
