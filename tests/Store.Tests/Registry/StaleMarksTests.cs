using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Store.Tests.Registry;

/// <summary>The clock stands on 2026-03-17, the meters count from 2024-01-01.</summary>
public sealed class StaleMarksTests : IAsyncLifetime
{
    static readonly DateOnly Today = new(2026, 3, 17);

    OpenStore _store = null!;
    MeterId _meter;

    public async Task InitializeAsync()
    {
        _store = await OpenStore.InAsync();
        _meter = (await ApplyAsync(Rows.County)).Meter("M-1")!.Id;
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task First_import_marks_nothing() => Assert.Empty(await MarkedAsync());

    [Fact]
    public async Task Exchange_that_was_written_down_later_marks_its_day()
    {
        await ApplyAsync(Replaced("2026-03-14T10:20:00+08:00", 500));
        Assert.Equal([new DateOnly(2026, 3, 14)], await MarkedAsync());
    }

    [Fact]
    public async Task Mark_of_a_change_outlives_the_process_that_made_it()
    {
        await ApplyAsync(Replaced("2026-03-14T00:10:00+08:00", 500));
        await using var restarted = await OpenStore.InAsync(_store.Options.DataFolder);
        Assert.Equal(1, await restarted.Get<IWorkLedger>().CountAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Multiplier_corrected_for_the_past_marks_from_that_day_to_the_next_fact()
    {
        await ApplyAsync(Counting(new(2026, 3, 1), 40, "name only"));
        Assert.Empty(await MarkedAsync());
        await ApplyAsync(Counting(new(2026, 3, 10), 60));
        Assert.Equal(Days(new(2026, 3, 10), Today.AddDays(1)), await MarkedAsync());
        await ClearAsync();
        await ApplyAsync(Counting(new(2026, 3, 5), 50));
        Assert.Equal(Days(new(2026, 3, 5), new(2026, 3, 10)), await MarkedAsync());
    }

    [Fact]
    public async Task Meter_that_ended_earlier_marks_the_days_it_lost()
    {
        var row = Rows.Meter("M-1", 2);
        await ApplyAsync(new RegistryRows { Meters = [row with { ValidTo = new(2026, 3, 12) }] });
        Assert.Equal(Days(new(2026, 3, 12), Today.AddDays(1)), await MarkedAsync());
    }

    [Fact]
    public async Task Change_for_the_future_marks_nothing()
    {
        await ApplyAsync(Counting(Today.AddDays(1), 60));
        Assert.Empty(await MarkedAsync());
    }

    [Fact]
    public async Task Refused_change_marks_nothing()
    {
        var bad = Counting(new(2026, 3, 10), 60) with { Institutions = [Rows.Institution("S-9", 2, parent: "nobody")] };
        await Assert.ThrowsAsync<RegistryRefusedException>(() => ApplyAsync(bad));
        Assert.Empty(await MarkedAsync());
    }

    static RegistryRows Replaced(string at, double end) =>
        new() { Replacements = [new(Rows.At("replacements.csv", 2), "M-1", new MeterReplacement(Some.At(at), end, 0))] };

    static RegistryRows Counting(DateOnly from, double multiplier, string? name = null)
    {
        var row = Rows.Meter("M-1", 2, from: from);
        return new() { Meters = [row with { Facts = row.Facts with { Multiplier = multiplier, Name = name ?? row.Facts.Name } }] };
    }

    static IEnumerable<DateOnly> Days(DateOnly first, DateOnly end) =>
        Enumerable.Range(0, end.DayNumber - first.DayNumber).Select(first.AddDays);

    Task<RegistrySnapshot> ApplyAsync(RegistryRows rows) =>
        _store.Get<IRegistryEditor>().ApplyAsync(rows, "test", CancellationToken.None);

    async Task<IEnumerable<DateOnly>> MarkedAsync()
    {
        var marks = await _store.Get<IWorkLedger>().OpenAsync(10_000, CancellationToken.None);
        Assert.All(marks, mark => Assert.Equal(_meter, mark.Day.Meter));
        return marks.Select(mark => mark.Day.Day).Order();
    }

    async Task ClearAsync()
    {
        var work = _store.Get<IWorkLedger>();
        var marks = await work.OpenAsync(10_000, CancellationToken.None);
        await work.SettleAsync(marks, Instant.From(DateTimeOffset.MaxValue), CancellationToken.None);
    }
}
