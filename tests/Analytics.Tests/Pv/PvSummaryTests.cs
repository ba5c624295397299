using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Analytics.Pv;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Pv;

public sealed class PvSummaryTests
{
    static readonly PvSite Site = new("PV-1", "ORG-1", "屋顶", 100, 1_000, "PV", null, "OUT", null);
    static readonly Instant Now = Some.At("2026-03-17T12:00:00+08:00");
    static readonly Meter Generation = Some.Meter(1, "PV", role: MeterRole.PvGeneration);
    static readonly Meter Export = Some.Meter(2, "OUT", role: MeterRole.GridExport);

    [Fact]
    public void Self_use_and_self_supply_follow_the_worked_example()
    {
        Assert.Equal(0.77596, PvSummary.SelfUseShare(18_300, 4_100)!.Value, 5);
        Assert.Equal(0.39776, PvSummary.SelfSupplyShare(18_300, 4_100, 21_500)!.Value, 5);
        Assert.Null(PvSummary.SelfUseShare(0, 0));
        Assert.Null(PvSummary.SelfSupplyShare(0, 0, 0));
    }

    [Fact]
    public void Yields_are_of_the_elapsed_part_of_day_month_and_year()
    {
        var summary = Of(Site, Days(Generation, Quantity.PvEnergy, 300, "2026-01-01", 75), Days(Export, Quantity.EnergyExport, 75, "2026-01-01", 75),
            Day(Generation, Quantity.PvEnergy, "2026-03-17", 180, 0.5), Day(Export, Quantity.EnergyExport, "2026-03-17", 30, 0.5));

        Assert.Equal((180, 1.8, 1.0), (summary.Today.GenerationKwh, summary.Today.SpecificYield, summary.Today.Coverage));
        Assert.Equal(16 * 300 + 180, summary.Month.GenerationKwh!.Value, 9);
        Assert.Equal((75 * 300 + 180) / 100.0, summary.Year.SpecificYield!.Value, 9);
        Assert.Equal(1 - (75 * 75 + 30) / (75 * 300 + 180.0), summary.Year.SelfUseShare!.Value, 9);
        Assert.Null(summary.Year.SelfUseReason);
    }

    [Fact]
    public void Self_use_share_is_of_the_days_on_which_both_are_known()
    {
        var summary = Of(Site, Days(Generation, Quantity.PvEnergy, 300, "2026-01-01", 75), Days(Export, Quantity.EnergyExport, 75, "2026-01-01", 10));
        Assert.Equal((0.75, 3_000, 750), (summary.Year.SelfUseShare, summary.Year.PairedKwh, summary.Year.ExportKwh));
        Assert.Equal(22_500, summary.Year.GenerationKwh);
    }

    [Fact]
    public void Without_an_export_meter_the_share_is_not_known()
    {
        var summary = Of(Site with { ExportMeter = null }, Days(Generation, Quantity.PvEnergy, 300, "2026-01-01", 75));
        Assert.Equal((null, MissingReason.NoMeter), (summary.Year.SelfUseShare, summary.Year.SelfUseReason));
        Assert.Equal(22_500, summary.Year.GenerationKwh);
    }

    [Fact]
    public void Night_is_a_true_zero_and_no_data_is_no_value()
    {
        Assert.Equal((0, 0.0, 1.0), Shown(Of(Site, Day(Generation, Quantity.PvEnergy, "2026-03-17", 0, 0.5)).Today));
        Assert.Equal((null, null, 0.0), Shown(Of(Site).Today));

        static (double?, double?, double) Shown(PvYield yield) => (yield.GenerationKwh, yield.SpecificYield, yield.Coverage);
    }

    [Theory]
    [InlineData(10, PvOnline.Online)]
    [InlineData(50, PvOnline.Stale)]
    [InlineData(200, PvOnline.Offline)]
    public void Site_is_as_online_as_its_last_reading(int minutes, PvOnline online)
    {
        var last = new Reading(new SeriesKey(Generation.Id, Quantity.PvPower), Now - TimeSpan.FromMinutes(minutes), 42);
        var summary = PvSummary.Of(Site, Registry(Site), new DayUsage([], Some.Calendar), [last], Some.Calendar, Now);

        Assert.Equal(online, summary.Online);
        Assert.Equal(online == PvOnline.Online ? 42 : null, summary.PowerKw);
        Assert.Equal(last.At, summary.LastSeen);
        Assert.Equal(PvOnline.NeverSeen, Of(Site).Online);
    }

    [Fact]
    public void County_sums_what_is_known_and_averages_no_ratio()
    {
        var first = Of(Site, Days(Generation, Quantity.PvEnergy, 300, "2026-01-01", 75), Days(Export, Quantity.EnergyExport, 30, "2026-01-01", 75));
        var second = Of(Site with { ExportMeter = null, CapacityKwp = 300 }, Days(Generation, Quantity.PvEnergy, 600, "2026-01-01", 75));
        var silent = Of(Site with { CapacityKwp = 1_000 });
        var county = PvSummary.Sum([first, second, silent]);

        Assert.Equal((3, 0, 1_400.0, 3_000.0), (county.Sites, county.Online, county.CapacityKwp, county.ArrayAreaM2));
        Assert.Equal(900 * 75, county.Year.GenerationKwh);
        Assert.Equal(900 * 75 / 400.0, county.Year.SpecificYield);
        Assert.Equal(0.9, county.Year.SelfUseShare!.Value, 9);
        Assert.Equal(150 / 75.5 / 3, county.Year.Coverage, 9);
    }

    static PvSiteSummary Of(PvSite site, params IEnumerable<UsageCell>[] cells) =>
        PvSummary.Of(site, Registry(site), new DayUsage(cells.SelectMany(cell => cell), Some.Calendar), [], Some.Calendar, Now);

    static RegistrySnapshot Registry(PvSite site) => new(1, [Some.Institution()], [Generation, Export], [], [site], [], []);

    static IEnumerable<UsageCell> Days(Meter meter, Quantity quantity, double amount, string first, int count) =>
        Enumerable.Range(0, count).Select(day => Cell(meter, quantity, DateOnly.Parse(first, System.Globalization.CultureInfo.InvariantCulture).AddDays(day), amount, 1));

    static IEnumerable<UsageCell> Day(Meter meter, Quantity quantity, string day, double amount, double coverage) =>
        [Cell(meter, quantity, DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture), amount, coverage)];

    static UsageCell Cell(Meter meter, Quantity quantity, DateOnly day, double amount, double coverage) =>
        new(new SeriesKey(meter.Id, quantity), Some.Calendar.Day(day).From, amount, coverage, 0);
}
