using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Store.Tests.Ledger;

public sealed class UsageLedgerTests : IAsyncLifetime
{
    static readonly CancellationToken Stop = CancellationToken.None;
    static readonly MeterId[] Meter = [new(1)];
    static readonly SeriesKey Energy = new(Meter[0], Quantity.EnergyImport);
    static readonly ReportingCalendar Berlin = ReportingCalendar.For("Europe/Berlin");

    OpenStore _store = null!;
    IUsageLedger _ledger = null!;

    public async Task InitializeAsync()
    {
        _store = await OpenStore.InAsync(zone: "Europe/Berlin");
        _ledger = _store.Get<IUsageLedger>();
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Hours_come_back_with_a_version_and_the_day_is_their_sum()
    {
        var period = Berlin.Day(new DateOnly(2026, 6, 1));
        await ReplaceAsync(period, Hours(period, 24, amount: 2));
        var hours = await _ledger.HoursAsync(Meter, period, Stop);
        Assert.Equal(24, hours.Count);
        Assert.All(hours, hour =>
            Assert.Equal((2, 1, 0, 1), (hour.Amount, hour.Coverage, hour.Estimated, hour.Version)));
        Assert.Equal([new UsageCell(Energy, period.From, 48, 1, 0, 1)], await _ledger.DaysAsync(Meter, period, Stop));
    }

    [Fact]
    public async Task Writing_the_same_again_changes_no_version()
    {
        var period = Berlin.Day(new DateOnly(2026, 6, 1));
        var finding = new UsageFinding(Energy, period.From, UsageFindingCodes.Gap, "3 h without a reading");
        for (var i = 0; i < 3; i++) await _ledger.ReplaceAsync(Energy, period, Hours(period, 24, 2), [finding], Stop);
        Assert.All(await _ledger.HoursAsync(Meter, period, Stop), hour => Assert.Equal(1, hour.Version));
        Assert.All(await _ledger.DaysAsync(Meter, period, Stop), day => Assert.Equal(1, day.Version));
        Assert.Equal([finding], await _ledger.FindingsAsync(Meter, period, Stop));
    }

    [Fact]
    public async Task Only_the_hour_that_changed_and_its_day_get_a_new_version()
    {
        var period = Berlin.Days(new DateOnly(2026, 6, 1), new DateOnly(2026, 6, 3));
        var hours = Hours(period, 48, 2);
        await ReplaceAsync(period, hours);
        hours[30] = hours[30] with { Amount = 5 };
        await ReplaceAsync(period, hours);
        Assert.Equal(
            [30], (await _ledger.HoursAsync(Meter, period, Stop)).Index().Where(hour => hour.Item.Version == 2)
                .Select(hour => hour.Index));
        Assert.Equal(
            [(48d, 1), (51d, 2)],
            (await _ledger.DaysAsync(Meter, period, Stop)).Select(day => (day.Amount, day.Version)));
    }

    [Fact]
    public async Task Hours_that_are_no_longer_known_are_gone_inside_the_period_and_stay_outside()
    {
        var two = Berlin.Days(new DateOnly(2026, 6, 1), new DateOnly(2026, 6, 3));
        var second = Berlin.Day(new DateOnly(2026, 6, 2));
        await ReplaceAsync(two, Hours(two, 48, 2));
        await ReplaceAsync(second, Hours(second, 6, 2));
        Assert.Equal(30, (await _ledger.HoursAsync(Meter, two, Stop)).Count);
        Assert.Equal([1, 0.25], (await _ledger.DaysAsync(Meter, two, Stop)).Select(day => day.Coverage));
        await ReplaceAsync(second, []);
        Assert.Single(await _ledger.DaysAsync(Meter, two, Stop));
    }

    [Theory]
    [InlineData("2026-03-29", 23)]
    [InlineData("2026-10-25", 25)]
    [InlineData("2026-06-01", 24)]
    public async Task A_day_is_as_long_as_its_clocks_make_it(string date, int length)
    {
        var period = Berlin.Day(
            DateOnly.ParseExact(date, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        await ReplaceAsync(period, Hours(period, length, 1));
        var whole = Assert.Single(await _ledger.DaysAsync(Meter, period, Stop));
        Assert.Equal((length, 1), (whole.Amount, whole.Coverage));
        await ReplaceAsync(period, Hours(period, length - 1, 1));
        var part = Assert.Single(await _ledger.DaysAsync(Meter, period, Stop));
        Assert.Equal((length - 1d) / length, part.Coverage, 12);
    }

    [Fact]
    public async Task A_missing_hour_counts_nothing_and_the_estimated_share_is_weighed_by_coverage()
    {
        var period = Berlin.Day(new DateOnly(2026, 6, 1));
        await ReplaceAsync(
            period,
            [
                new UsageCell(Energy, period.From, 3, 1, 0),
                new UsageCell(Energy, period.From + TimeSpan.FromHours(1), 1, 0.5, 1),
                new UsageCell(Energy, period.From + TimeSpan.FromHours(9), 4, 0.5, 0.5),
            ]);
        var day = Assert.Single(await _ledger.DaysAsync(Meter, period, Stop));
        Assert.Equal(8, day.Amount);
        Assert.Equal(2d / 24, day.Coverage, 12);
        Assert.Equal((0.5 + 0.25) / 2, day.Estimated, 12);
    }

    [Fact]
    public async Task Series_of_a_meter_and_meters_are_kept_apart_and_come_in_order()
    {
        var period = Berlin.Day(new DateOnly(2026, 6, 1));
        SeriesKey export = new(Meter[0], Quantity.EnergyExport), other = new(new MeterId(2), Quantity.EnergyImport);
        foreach (var series in new[] { other, export, Energy })
            await _ledger.ReplaceAsync(
                series, period, [.. Hours(period, 2, 1).Select(cell => cell with { Series = series })], [], Stop);
        await ReplaceAsync(period, []);
        Assert.Equal(
            [export, export, other, other],
            (await _ledger.HoursAsync([new MeterId(2), Meter[0], new MeterId(2)], period, Stop))
                .Select(cell => cell.Series));
        Assert.Equal([export], (await _ledger.DaysAsync(Meter, period, Stop)).Select(cell => cell.Series));
    }

    [Fact]
    public async Task The_end_of_a_period_is_not_part_of_it()
    {
        var two = Berlin.Days(new DateOnly(2026, 6, 1), new DateOnly(2026, 6, 3));
        await ReplaceAsync(two, Hours(two, 48, 1));
        var first = Berlin.Day(new DateOnly(2026, 6, 1));
        Assert.Equal(24, (await _ledger.HoursAsync(Meter, first, Stop)).Count);
        Assert.Single(await _ledger.DaysAsync(Meter, first, Stop));
    }

    [Fact]
    public async Task Findings_of_the_period_are_replaced_and_others_stay()
    {
        var two = Berlin.Days(new DateOnly(2026, 6, 1), new DateOnly(2026, 6, 3));
        var second = Berlin.Day(new DateOnly(2026, 6, 2));
        UsageFinding a = new(Energy, two.From, UsageFindingCodes.Gap, "a"),
            b = new(Energy, second.From, UsageFindingCodes.Dip, "b");
        await _ledger.ReplaceAsync(Energy, two, [], [b, a], Stop);
        Assert.Equal([a, b], await _ledger.FindingsAsync(Meter, two, Stop));
        await _ledger.ReplaceAsync(Energy, second, [], [b with { Detail = "c" }], Stop);
        Assert.Equal([a, b with { Detail = "c" }], await _ledger.FindingsAsync(Meter, two, Stop));
    }

    [Fact]
    public async Task Cells_that_do_not_belong_are_refused_and_nothing_is_kept()
    {
        var period = Berlin.Day(new DateOnly(2026, 6, 1));
        var good = new UsageCell(Energy, period.From, 1, 1, 0);
        UsageCell[] bad =
        [
            good with { Start = period.To }, good with { Start = period.From + TimeSpan.FromMinutes(1) },
            good with { Coverage = 0 }, good with { Coverage = 1.1 }, good with { Estimated = -0.1 },
            good with { Amount = double.NaN },
            good with { Series = new SeriesKey(new MeterId(2), Quantity.EnergyImport) },
        ];
        foreach (var cell in bad) await Assert.ThrowsAsync<ArgumentException>(() => ReplaceAsync(period, [cell]));
        await Assert.ThrowsAsync<ArgumentException>(() => ReplaceAsync(period, [good, good]));
        var shifted = new Period(period.From + TimeSpan.FromHours(1), period.To);
        await Assert.ThrowsAsync<ArgumentException>(() => ReplaceAsync(shifted, []));
        Assert.Empty(await _ledger.HoursAsync([new MeterId(1), new MeterId(2)], period, Stop));
    }

    Task ReplaceAsync(Period period, IReadOnlyList<UsageCell> hours) =>
        _ledger.ReplaceAsync(Energy, period, hours, [], Stop).AsTask();

    static UsageCell[] Hours(Period period, int count, double amount) =>
        [.. Enumerable.Range(0, count)
            .Select(hour => new UsageCell(Energy, period.From + TimeSpan.FromHours(hour), amount, 1, 0))];
}
