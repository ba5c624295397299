using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>What was polled while storage takes nothing.</summary>
public sealed class PollOutboxTests : LoopBench
{
    readonly List<Instant> _stored = [];
    volatile bool _fails;

    public PollOutboxTests() : base(new ModbusOptions { MaxHeldReadings = 30 }) => Bench.Sink.Ticket = batch =>
    {
        if (_fails) return Task.FromException<IngestReceipt>(new NotStoredException("disk full"));
        lock (_stored) _stored.AddRange(batch.Readings.Select(reading => reading.At));
        return Task.FromResult(new IngestReceipt(batch.Readings.Count, batch.Readings.Count, []));
    };

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
        while (Outbox.Held > 0) Bench.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Bus.AskedOf(1).Order(), Stored);
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
