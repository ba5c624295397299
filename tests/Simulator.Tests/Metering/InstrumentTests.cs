using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Buildings;
using EnergyWatch.Simulator.County;
using EnergyWatch.Simulator.Metering;
using EnergyWatch.Support;
using Xunit.Abstractions;

namespace EnergyWatch.Simulator.Tests.Metering;

/// <summary>The county from October 2025 on, made once.</summary>
public sealed class CountyFixture
{
    internal LiveCounty County { get; } = new(Some.At("2025-10-01T00:00:00+08:00"));
}

public sealed class InstrumentTests(CountyFixture fixture, ITestOutputHelper output) : IClassFixture<CountyFixture>
{
    static readonly Instant From = Some.At("2025-10-01T00:00:00+08:00"), To = Some.At("2026-11-20T00:00:00+08:00");

    [Fact]
    public void Another_start_shows_the_same_values()
    {
        var later = new LiveCounty(Some.At("2026-11-01T00:00:00+08:00"));
        var at = Some.At("2026-11-05T14:37:21.345+08:00");
        foreach (var instrument in fixture.County.Instruments)
            foreach (var quantity in instrument.Published)
                Assert.Equal(instrument.Read(quantity, at), later.ByCode[instrument.Plan.Code].Read(quantity, at));
    }

    [Fact]
    public void Counters_never_fall_but_where_one_rolls_over_and_one_is_exchanged()
    {
        var falls = new List<string>();
        foreach (var instrument in fixture.County.Instruments.Where(i => i.Main.Info().Kind == QuantityKind.Counter))
        {
            double? before = null;
            for (var at = From; at < To; at += TimeSpan.FromMinutes(437))
            {
                var value = instrument.Read(instrument.Main, at);
                if (value < before) falls.Add($"{instrument.Plan.Code} {at.ToDateTimeOffset():yyyy-MM}: {before} to {value}");
                before = value ?? before;
            }
        }
        output.WriteLine(string.Join(Environment.NewLine, falls));
        Assert.Collection(
            falls.Order(StringComparer.Ordinal),
            fall => Assert.StartsWith($"{Faults.ReplacedMeter} 2026-05: ", fall, StringComparison.Ordinal),
            fall => Assert.StartsWith($"{EnergyWatch.Simulator.County.Metering.OldMeter} 2026-", fall, StringComparison.Ordinal));
    }

    [Fact]
    public void Import_less_export_is_load_less_generation_at_every_instant()
    {
        Span<double> sums = stackalloc double[Building.Channels], flows = stackalloc double[Building.Channels];
        for (var at = From; at < To; at += TimeSpan.FromMinutes(5_003))
            for (var index = 0; index < DemoCounty.Institutions.Count; index++)
            {
                fixture.County.Totals.At(index, at, sums, flows);
                Assert.Equal(
                    sums[(int)Channel.Load] - sums[(int)Channel.Generation], sums[(int)Channel.Import] - sums[(int)Channel.Export], 1e-3);
                Assert.True(flows[(int)Channel.Import] == 0 || flows[(int)Channel.Export] == 0);
            }
    }

    [Fact]
    public void Meters_of_a_two_way_site_balance_to_their_resolution()
    {
        double[] first = new double[Building.Channels], last = new double[Building.Channels], flows = new double[Building.Channels];
        var (from, to) = (Some.At("2026-03-02T00:00:00+08:00"), Some.At("2026-03-09T00:00:00+08:00"));
        foreach (var site in DemoCounty.Institutions.Where(site => site.Pv is { Exported: true }))
        {
            var index = DemoCounty.Institutions.ToList().IndexOf(site);
            double import = Used("E1", Quantity.EnergyImport), export = Used("E2", Quantity.EnergyExport), generation = Used("PV", Quantity.PvEnergy);
            fixture.County.Totals.At(index, from, first, flows);
            fixture.County.Totals.At(index, to, last, flows);
            var load = last[(int)Channel.Load] - first[(int)Channel.Load];
            var resolution = 0.01 * (2 * fixture.County.ByCode[$"{site.Code}-E1"].Plan.Wiring.Multiplier + 1);
            Assert.InRange(import - export + generation - load, -resolution, resolution);

            double Used(string meter, Quantity quantity)
            {
                var instrument = fixture.County.ByCode[$"{site.Code}-{meter}"];
                return (instrument.Read(quantity, to)!.Value - instrument.Read(quantity, from)!.Value) * instrument.Plan.Wiring.Multiplier;
            }
        }

    }

    [Fact]
    public void Registers_count_in_hundredths_behind_the_transformer()
    {
        var register = new Register(DemoCounty.Meters.First(meter => meter.Code == "XZ-01-E1"));
        var multiplier = DemoCounty.Meters.First(meter => meter.Code == "XZ-01-E1").Wiring.Multiplier;
        var start = register.After(0);
        Assert.Equal(start + 1, register.After(100 * multiplier / 100), 9);
        Assert.Equal(start, register.After(0.009 * multiplier), 9);
    }

    [Fact]
    public void The_old_register_begins_again_at_zero()
    {
        var meter = DemoCounty.Meters.First(meter => meter.Code == EnergyWatch.Simulator.County.Metering.OldMeter);
        var register = new Register(meter);
        var room = meter.Wiring.RegisterMax!.Value - meter.Wiring.StartReading;
        Assert.Equal(99_999.99, register.After(room * meter.Wiring.Multiplier), 6);
        Assert.Equal(0, register.After((room + 0.01) * meter.Wiring.Multiplier), 6);
    }

    [Fact]
    public void The_exchange_is_written_down_as_it_happened()
    {
        var meter = fixture.County.ByCode[Faults.ReplacedMeter];
        var before = meter.Read(Quantity.EnergyImport, Faults.ReplacedAt - TimeSpan.FromMilliseconds(1))!.Value;
        Assert.InRange(meter.EndReading - before, 0, 0.0101);
        Assert.Equal(Faults.NewRegisterStart, meter.Read(Quantity.EnergyImport, Faults.ReplacedAt));
    }

    [Theory]
    [InlineData("XX-08-E1", "2026-09-08T17:59:59+08:00", true)]
    [InlineData("XX-08-E1", "2026-09-08T18:00:00+08:00", false)]
    [InlineData("XX-08-E1", "2026-09-11T17:59:59+08:00", false)]
    [InlineData("XX-08-E1", "2026-09-11T18:00:00+08:00", true)]
    [InlineData("XX-02-W1", "2026-10-14T10:00:00+08:00", false)]
    [InlineData("XX-02-W1", "2026-10-14T11:00:00+08:00", true)]
    [InlineData("JG-04-W1", "2026-07-01T11:00:00+08:00", false)]
    public void Gaps_begin_and_end_on_their_minute(string meter, string at, bool speaks)
    {
        var instrument = fixture.County.ByCode[meter];
        Assert.Equal(speaks, instrument.Read(instrument.Main, Some.At(at)) is not null);
    }

    [Fact]
    public void A_stuck_meter_repeats_itself_for_a_night_and_then_shows_the_truth()
    {
        var meter = fixture.County.ByCode["JG-02-E1"];
        var stuck = meter.Read(Quantity.EnergyImport, Some.At("2026-08-21T22:00:00+08:00"));
        Assert.Equal(stuck, meter.Read(Quantity.EnergyImport, Some.At("2026-08-22T05:59:59+08:00")));
        Assert.Equal(
            meter.Read(Quantity.Power, Some.At("2026-08-21T23:00:00+08:00")), meter.Read(Quantity.Power, Some.At("2026-08-22T01:00:00+08:00")));
        Assert.True(meter.Read(Quantity.EnergyImport, Some.At("2026-08-22T06:00:00+08:00")) > stuck + 0.5);
    }

    [Fact]
    public void Branches_never_use_more_than_their_incomer_and_own_roof()
    {
        var flows = new double[Building.Channels];
        foreach (var site in DemoCounty.Institutions)
        {
            var branches = DemoCounty.Meters.Where(m => m.Institution == site && m.Role is MeterRole.Sub or MeterRole.EvCharging);
            var building = new Building(site);
            for (var step = Moment.StepOf(From); step < Moment.StepOf(To); step += 511)
            {
                building.Flows(Moment.At(step), flows);
                var sum = 0.0;
                foreach (var branch in branches) sum += flows[(int)branch.Counts.Channel] * branch.Counts.Share;
                Assert.True(sum <= flows[(int)Channel.Load] + 1e-9, string.Create(CultureInfo.InvariantCulture, $"{site.Code}: {sum}"));
            }
        }
    }
}
