using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Domain.Tests.Registry;

/// <summary>M-1 hung on A from 2024, on B in 2025 and on A again from 2026; M-2 always on B.</summary>
public sealed class WithinTests
{
    static readonly DateOnly Today = new(2026, 3, 17);
    static readonly Period Years = Some.Calendar.Days(new(2023, 1, 1), new(2027, 1, 1));

    static readonly Meter Moved = Some.Meter(1, "M-1", "A", gateway: "GW-1") with
    {
        Facts = new([Fact(new(2024, 1, 1), "A"), Fact(new(2025, 1, 1), "B"), Fact(new(2026, 1, 1), "A"), Fact(new(2026, 2, 1), "A")]),
        Replacements = [new(Some.At("2024-06-01T00:00:00Z"), 9, 0), new(Some.At("2025-06-01T00:00:00Z"), 8, 0)],
    };

    readonly RegistrySnapshot _county = new(
        1, [Some.Institution("A"), Some.Institution("B")], [Moved, Some.Meter(2, "M-2", "B", gateway: "GW-2")],
        [Some.Gateway("GW-1"), Some.Gateway("GW-2")],
        [Site("PV-A", "A", "M-1", import: "M-2"), Site("PV-A2", "A", "M-2"), Site("PV-B", "B", "M-2", import: "M-1")], [], []);

    [Fact]
    public void Meter_that_moved_is_seen_for_its_own_days_by_either_side()
    {
        Assert.Equal(
            [Some.Calendar.Days(new(2024, 1, 1), new(2025, 1, 1)), Some.Calendar.Days(new(2026, 1, 1), new(2027, 1, 1))],
            Of("A").Meter("M-1")!.VisibleIn(Years, Some.Calendar));
        Assert.Equal([Some.Calendar.Year(2025)], Of("B").Meter("M-1")!.VisibleIn(Years, Some.Calendar));
        Assert.Empty(Of("B").Meter("M-1")!.VisibleIn(Some.Calendar.Month(2026, 2), Some.Calendar));
    }

    [Fact]
    public void Facts_of_days_that_are_another_institutions_are_not_there()
    {
        var meter = Of("B").Meter("M-1")!;
        Assert.Equal("B", meter.Facts.At(new(2025, 12, 31))!.Value.Institution);
        Assert.Null(meter.Facts.At(new(2026, 1, 1)));
        Assert.Null(meter.Facts.At(new(2024, 12, 31)));
        Assert.Null(Of("A").Meter("M-1")!.Facts.At(new(2025, 6, 1)));
        Assert.Equal("A", Of("A").Meter("M-1")!.Shown(Today).Institution);
    }

    [Fact]
    public void Exchanges_of_days_that_are_another_institutions_are_not_there()
    {
        Assert.Equal([9], Of("A").Meter("M-1")!.Replacements.Select(replacement => replacement.EndReading));
        Assert.Equal([8], Of("B").Meter("M-1")!.Replacements.Select(replacement => replacement.EndReading));
    }

    [Fact]
    public void Meter_that_never_moved_is_seen_whole()
    {
        Assert.Same(_county.Meter("M-2"), Of("B").Meter("M-2"));
        Assert.Equal([Years], Of("B").Meter("M-2")!.VisibleIn(Years, Some.Calendar));
        Assert.Null(Of("A").Meter("M-2"));
        Assert.Equal([Years], Scope.County.Of(_county, Today).Meter("M-1")!.VisibleIn(Years, Some.Calendar));
    }

    [Fact]
    public void Kept_site_names_no_meter_that_was_cut()
    {
        var site = Assert.Single(Of("A").PvSites);
        Assert.Equal(("PV-A", "M-1", null), (site.Code, site.GenerationMeter, site.ImportMeter));
        Assert.Equal("M-1", Assert.Single(Of("B").PvSites).ImportMeter);
    }

    RegistrySnapshot Of(string institution) => new Scope(institution).Of(_county, Today);

    static Dated<MeterFacts> Fact(DateOnly from, string institution) => new(
        from, new MeterFacts(institution, "M-1", MeterRole.Main, null, 1, null, null, 900, null, "GW-1", null));

    static PvSite Site(string code, string institution, string generation, string? import = null) =>
        new(code, institution, code, 100, null, generation, import, null, null);
}
