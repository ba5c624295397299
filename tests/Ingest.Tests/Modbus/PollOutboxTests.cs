using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>What was polled while storage takes nothing.</summary>
public sealed class PollOutboxTests : LoopBench
{
    readonly List<Instant> _stored = [];
    volatile bool _fails;

    public PollOutboxTests() : base(new ModbusOptions { MaxHeldReadings = 30 }) => Bench.Sink.Ticket = StoreAsync;

    [Fact]
    public async Task What_storage_does_not_take_is_kept_and_stored_once_it_does_and_polling_goes_on()
    {
        Start(Target(1, Model("volume:0:uint16")));
        await PassAsync(TimeSpan.FromSeconds(15));
        _fails = true;
        await PassAsync(TimeSpan.FromSeconds(10));
        await Bench.PassAsync(TimeSpan.FromMinutes(2), waiting: 2); // the poller and the next offer
        Assert.InRange(Outbox.Held, 12, 14);
        _fails = false;
        await Until(() => { Bench.Clock.Advance(TimeSpan.FromMilliseconds(100)); return Outbox.Held == 0; });
        // A question may be on its way at this very moment.
        await Until(() => { Bench.Clock.Advance(TimeSpan.FromMilliseconds(1)); return Bus.AskedOf(1).Order().SequenceEqual(Stored); });
        Assert.InRange(Bus.AskedOf(1).Count, 15, 19);
        Assert.Single(Bench.Log.Lines, line => line.Message.Contains("Storage does not take", StringComparison.Ordinal));
        Assert.Single(Bench.Log.Lines, line => line.Message.Contains("Storage takes what was polled again", StringComparison.Ordinal));
        Bench.Log.AssertNoErrors();
    }

    [Fact]
    public async Task At_the_bound_of_memory_polling_waits_is_alarmed_and_drops_nothing()
    {
        Start(Target(1, Model("volume:0:uint16")));
        _fails = true;
        await PassAsync(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 600; i++)
        {
            Bench.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await Until(() => { Bench.Clock.Advance(TimeSpan.FromSeconds(1)); return Outbox.Held == 30; });
        await Until(() => { Bench.Clock.Advance(TimeSpan.FromSeconds(1)); return Told(LogLevel.Error).Count == 1; });
        var asked = Bus.Asked.Count;
        for (var i = 0; i < 100; i++) Bench.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(asked, Bus.Asked.Count);
        _fails = false;
        await Until(() => { Bench.Clock.Advance(TimeSpan.FromSeconds(1)); return Bus.Asked.Count > asked + 3 && Outbox.Held == 0; });
        Assert.Empty(Bus.AskedOf(1).Take(asked).Except(Stored));
        Assert.Contains("polling waits", Assert.Single(Told(LogLevel.Error)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_offers_what_is_kept_a_last_time_and_tells_what_is_lost()
    {
        Start(Target(1, Model("volume:0:uint16")));
        _fails = true;
        await PassAsync(TimeSpan.FromSeconds(5));
        await Bench.PassAsync(TimeSpan.FromSeconds(30), waiting: 2);
        var held = Outbox.Held;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(StopAsync);
        Assert.InRange(held, 3, 4);
        Assert.Contains($"{held} polled readings were never taken", Assert.Single(Told(LogLevel.Error)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_after_storage_came_back_loses_nothing()
    {
        Start(Target(1, Model("volume:0:uint16")));
        _fails = true;
        await PassAsync(TimeSpan.FromSeconds(5));
        await Bench.PassAsync(TimeSpan.FromSeconds(30), waiting: 2);
        _fails = false;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(StopAsync);
        Assert.Equal(Bus.AskedOf(1).Order(), Stored);
        Bench.Log.AssertNoErrors();
    }

    [Fact]
    public async Task A_stop_while_storage_still_thinks_offers_once_more_and_counts_nothing_as_lost()
    {
        Start(Target(1, Model("volume:0:uint16")));
        _fails = true;
        await PassAsync(TimeSpan.FromSeconds(5));
        await Bench.PassAsync(TimeSpan.FromSeconds(30), waiting: 2);
        var thinks = new TaskCompletionSource();
        Bench.Sink.Ticket = _ =>
        {
            thinks.TrySetResult();
            return new TaskCompletionSource<IngestReceipt>().Task;
        };
        await Until(() => { Bench.Clock.Advance(TimeSpan.FromSeconds(1)); return thinks.Task.IsCompleted; });
        var asked = Bus.AskedOf(1);
        Bench.Sink.Ticket = StoreAsync;
        _fails = false;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(StopAsync);
        Assert.Empty(asked.Except(Stored));
        Bench.Log.AssertNoErrors();
    }

    [Fact]
    public async Task What_storage_fails_to_take_at_the_very_stop_is_offered_once_more()
    {
        var ticket = new TaskCompletionSource<IngestReceipt>(TaskCreationOptions.RunContinuationsAsynchronously);
        Bench.Sink.Ticket = _ => ticket.Task;
        Start(Target(1, Model("volume:0:uint16")));
        await PassAsync(TimeSpan.FromSeconds(5));
        Bench.Sink.Ticket = StoreAsync;
        var stopping = StopAsync();
        Assert.False(stopping.IsCompleted);
        ticket.SetException(new NotStoredException("disk full"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopping);
        Assert.Equal(Bus.AskedOf(1), Stored);
        Bench.Log.AssertNoErrors();
    }

    [Fact]
    public async Task What_storage_still_thinks_about_when_patience_ends_is_told_as_lost()
    {
        Bench.Sink.Ticket = _ => new TaskCompletionSource<IngestReceipt>().Task;
        Start(Target(1, Model("volume:0:uint16")));
        await PassAsync(TimeSpan.FromSeconds(15));
        var stopping = StopAsync();
        await Until(() => { Bench.Clock.Advance(TimeSpan.FromSeconds(1)); return stopping.IsCompleted; });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopping);
        Assert.Contains("2 polled readings were never taken", Assert.Single(Told(LogLevel.Error)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_read_when_its_endpoint_is_let_go_is_kept_and_stored()
    {
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(() => Outbox.RunAsync(stop.Token));
        var target = new EndpointTarget(Endpoint, [Target(1, Model("volume:0:uint16 flow:40:uint16"))]);
        // The second question gets no answer: an answer could come with the very advance that shows it asked, and end the poll.
        Bus.Behave = request => (request.Address == 40 ? LinkFault.TimedOut : null, ModbusExceptionCode.None);
        var running = new RunningEndpoint(target, Bus, Outbox, Bench.Context, stop.Token);
        await Until(() => { Bench.Clock.Advance(TimeSpan.FromMilliseconds(20)); return Bus.Asked.Count == 2; });
        await running.StopAsync();
        await Until(() => Outbox.Held == 0);
        Assert.Equal([Bus.Asked[0].At], Stored);
        Assert.DoesNotContain(Bench.Log.Lines, line => line.Message.Contains("takes what was polled again", StringComparison.Ordinal));
        await stop.CancelAsync();
        await sending;
    }

    Task<IngestReceipt> StoreAsync(IngestBatch batch)
    {
        if (_fails) return Task.FromException<IngestReceipt>(new NotStoredException("disk full"));
        lock (_stored) _stored.AddRange(batch.Readings.Select(reading => reading.At));
        return Task.FromResult(new IngestReceipt(batch.Readings.Count, batch.Readings.Count, []));
    }

    IReadOnlyList<Instant> Stored { get { lock (_stored) return [.. _stored.Distinct().Order()]; } }

    IReadOnlyList<Support.LogProbe.LogLine> Told(LogLevel level) => [.. Bench.Log.Lines.Where(line => line.Level == level)];

    static async Task Until(Func<bool> condition)
    {
        var guard = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(guard.Elapsed < TimeSpan.FromSeconds(20));
            await Task.Yield();
        }
    }
}
