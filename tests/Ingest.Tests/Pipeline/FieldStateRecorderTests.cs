using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class FieldStateRecorderTests : IDisposable
{
    readonly TestClock _clock = new();
    readonly LogProbe _log = new();
    readonly KeptStates _states = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Only_what_changed_is_saved_and_contact_never_goes_back()
    {
        using var recorder = Recorder();
        var now = _clock.Instant;
        recorder.Seen("GW-01", null, now);
        recorder.Seen("GW-01", "M-1", now);
        recorder.Fault("GW-02", "M-2", now, "timeout");
        await recorder.SaveAsync(CancellationToken.None);
        Assert.Equal(
            [("GW-01", null), ("GW-01", "M-1"), ("GW-02", null), ("GW-02", "M-2")],
            _states.Saved.Single().Select(state => (state.Gateway, state.Meter)).Order());
        Assert.Contains(new FieldState("GW-02", "M-2", null, now, "timeout"), _states.Saved[0]);

        recorder.Seen("GW-01", "M-1", now - TimeSpan.FromHours(1));
        await recorder.SaveAsync(CancellationToken.None);
        Assert.Single(_states.Saved);

        recorder.Seen("GW-02", "M-2", now + TimeSpan.FromSeconds(1));
        await recorder.SaveAsync(CancellationToken.None);
        Assert.Equal([new FieldState("GW-02", "M-2", now + TimeSpan.FromSeconds(1), now, "timeout")], _states.Saved[1]);
    }

    [Fact]
    public async Task After_the_clock_was_set_back_contact_is_of_the_time_it_shows_now()
    {
        using var recorder = Recorder();
        recorder.Seen("GW-01", "M-1", _clock.Instant);
        _clock.Set(-TimeSpan.FromHours(5));
        recorder.Seen("GW-01", "M-1", _clock.Instant);
        await recorder.SaveAsync(CancellationToken.None);
        Assert.Equal(_clock.Instant, _states.Saved.Single().Single().LastSeen);
    }

    [Fact]
    public async Task What_could_not_be_saved_is_saved_with_the_next()
    {
        using var recorder = Recorder();
        recorder.Seen("GW-01", null, _clock.Instant);
        _states.Fault = new IOException("disk full");
        await Assert.ThrowsAsync<IOException>(() => recorder.SaveAsync(CancellationToken.None));
        _states.Fault = null;
        await recorder.SaveAsync(CancellationToken.None);

        Assert.Equal("GW-01", _states.Saved.Single().Single().Gateway);
    }

    [Fact]
    public async Task It_saves_every_few_seconds_survives_a_store_that_is_down_and_saves_on_stop()
    {
        using var recorder = Recorder();
        await recorder.StartAsync(CancellationToken.None);
        _states.Fault = new IOException("disk full");
        recorder.Seen("GW-01", null, _clock.Instant);
        await AdvanceUntilAsync(() => _log.Lines.Count > 0);
        _states.Fault = null;
        await AdvanceUntilAsync(() => _states.Saved.Count == 1);
        recorder.Seen("GW-01", null, _clock.Instant);
        await recorder.StopAsync(CancellationToken.None);

        Assert.Equal(_clock.Instant, _states.Saved[^1].Single().LastSeen);
        _log.AssertNoErrors();
    }

    [Fact]
    public async Task A_stop_before_it_ran_saves_too()
    {
        using var recorder = Recorder();
        recorder.Seen("GW-01", null, _clock.Instant);
        await recorder.StopAsync(CancellationToken.None);
        Assert.Single(_states.Saved);
    }

    FieldStateRecorder Recorder() => new(_states, new PipelineOptions(), _clock, _log.For<FieldStateRecorder>());

    async Task AdvanceUntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 100_000 && !condition(); i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }
        Assert.True(condition());
    }

    sealed class KeptStates : IFieldStates
    {
        public List<IReadOnlyList<FieldState>> Saved { get; } = [];
        public Exception? Fault { get; set; }

        public ValueTask SaveAsync(IReadOnlyList<FieldState> states, CancellationToken stop)
        {
            if (Fault is { } fault) throw fault;
            Saved.Add(states);
            return ValueTask.CompletedTask;
        }

        public ValueTask<IReadOnlyList<FieldState>> ListAsync(CancellationToken stop) =>
            ValueTask.FromResult<IReadOnlyList<FieldState>>([]);
    }
}
