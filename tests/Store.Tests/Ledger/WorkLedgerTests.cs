using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Store.Tests.Ledger;

public sealed class WorkLedgerTests : IAsyncLifetime
{
    static readonly CancellationToken Stop = CancellationToken.None;
    static readonly TimeSpan Rested = IWorkLedger.Rest + TimeSpan.FromMilliseconds(1);

    readonly TestClock _clock = new();
    OpenStore _store = null!;
    IWorkLedger _ledger = null!;

    public async Task InitializeAsync()
    {
        _store = await OpenStore.InAsync(clock: _clock);
        _ledger = _store.Get<IWorkLedger>();
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task A_mark_settled_before_it_has_rested_stays()
    {
        await _ledger.MarkAsync([Day(1, 1)], Stop);
        var taken = await _ledger.OpenAsync(10, Stop);
        _clock.Advance(IWorkLedger.Rest);
        Assert.Equal(0, await _ledger.SettleAsync(taken, _clock.Instant, Stop));
        Assert.Equal(1, await _ledger.CountAsync(Stop));
    }

    [Fact]
    public async Task A_mark_settled_after_its_rest_is_struck_out()
    {
        await _ledger.MarkAsync([Day(1, 1), Day(1, 2)], Stop);
        _clock.Advance(Rested);
        var taken = await _ledger.OpenAsync(10, Stop);
        Assert.Equal(2, await _ledger.SettleAsync(taken, _clock.Instant, Stop));
        Assert.Empty(await _ledger.OpenAsync(10, Stop));
    }

    [Fact]
    public async Task The_rest_is_judged_at_the_moment_the_job_looked_not_when_it_is_done()
    {
        await _ledger.MarkAsync([Day(1, 1)], Stop);
        var (taken, looked) = (await _ledger.OpenAsync(10, Stop), _clock.Instant);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, await _ledger.SettleAsync(taken, looked, Stop));
    }

    [Fact]
    public async Task A_day_marked_again_between_take_and_settle_stays()
    {
        await _ledger.MarkAsync([Day(1, 1)], Stop);
        _clock.Advance(Rested);
        var taken = await _ledger.OpenAsync(10, Stop);
        await _ledger.MarkAsync([Day(1, 1)], Stop);
        Assert.Equal(0, await _ledger.SettleAsync(taken, _clock.Instant, Stop));
        _clock.Advance(Rested);
        Assert.Equal(0, await _ledger.SettleAsync(taken, _clock.Instant, Stop));
        var again = Assert.Single(await _ledger.OpenAsync(10, Stop));
        Assert.True(again.Sequence > taken[0].Sequence);
        Assert.Equal(1, await _ledger.SettleAsync([again], _clock.Instant, Stop));
    }

    [Fact]
    public async Task A_stale_take_cannot_strike_out_a_mark_that_was_settled_and_made_anew()
    {
        await _ledger.MarkAsync([Day(1, 1)], Stop);
        _clock.Advance(Rested);
        var stale = await _ledger.OpenAsync(10, Stop);
        Assert.Equal(1, await _ledger.SettleAsync(stale, _clock.Instant, Stop));
        await _ledger.MarkAsync([Day(1, 1)], Stop);
        _clock.Advance(Rested);
        Assert.Equal(0, await _ledger.SettleAsync(stale, _clock.Instant, Stop));
        Assert.Equal(1, await _ledger.CountAsync(Stop));
    }

    [Fact]
    public async Task Marks_come_by_meter_the_one_waiting_longest_first()
    {
        await _ledger.MarkAsync([Day(2, 5)], Stop);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _ledger.MarkAsync([Day(1, 3), Day(3, 1)], Stop);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _ledger.MarkAsync([Day(2, 4), Day(1, 3)], Stop);
        Assert.Equal(
            [Day(2, 4), Day(2, 5), Day(3, 1), Day(1, 3)], (await _ledger.OpenAsync(10, Stop)).Select(mark => mark.Day));
        Assert.Equal([Day(2, 4), Day(2, 5), Day(3, 1)], (await _ledger.OpenAsync(3, Stop)).Select(mark => mark.Day));
        Assert.Equal([Day(2, 4)], (await _ledger.OpenAsync(1, Stop)).Select(mark => mark.Day));
    }

    [Fact]
    public async Task Taking_changes_nothing_and_a_repeated_day_is_one_mark()
    {
        await _ledger.MarkAsync([Day(1, 1), Day(1, 1)], Stop);
        Assert.Equal(await _ledger.OpenAsync(10, Stop), await _ledger.OpenAsync(10, Stop));
        Assert.Equal(1, await _ledger.CountAsync(Stop));
        var mark = Assert.Single(await _ledger.OpenAsync(10, Stop));
        Assert.Equal(_clock.Instant, mark.MarkedAt);
    }

    [Fact]
    public async Task Another_process_sees_and_settles_the_marks()
    {
        await _ledger.MarkAsync([Day(1, 1)], Stop);
        _clock.Advance(Rested);
        await using var other = await OpenStore.InAsync(_store.Options.DataFolder, _clock);
        var ledger = other.Get<IWorkLedger>();
        Assert.Equal(1, await ledger.SettleAsync(await ledger.OpenAsync(10, Stop), _clock.Instant, Stop));
        Assert.Equal(0, await _ledger.CountAsync(Stop));
    }

    [Fact]
    public async Task Marks_made_by_many_at_once_are_all_kept()
    {
        await Task.WhenAll(
            Enumerable.Range(1, 50)
                .Select(meter => _ledger.MarkAsync([Day(meter, 1), Day(meter, 2), Day(99, 1)], Stop).AsTask()));
        Assert.Equal(101, await _ledger.CountAsync(Stop));
    }

    [Fact]
    public async Task A_hundred_thousand_open_marks_are_given_out_a_part_at_a_time()
    {
        for (var year = 0; year < 5; year++)
            await _ledger.MarkAsync(
                [.. Enumerable.Range(0, 20_000)
                    .Select(i => new MeterDay(
                        new MeterId(1 + i % 200), new DateOnly(2020 + year, 1, 1).AddDays(i / 200)))], Stop);
        Assert.Equal(1000, (await _ledger.OpenAsync(1000, Stop)).Distinct().Count());
        Assert.Equal(100_000, await _ledger.CountAsync(Stop));
    }

    static MeterDay Day(int meter, int day) => new(new MeterId(meter), new DateOnly(2026, 3, day));
}
