using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class ScreeningTests
{
    static readonly Instant Now = Some.At("2026-03-17T06:52:00Z");
    static readonly PipelineOptions Options = new();

    [Theory]
    [InlineData(double.NaN, RefusalCodes.NotANumber)]
    [InlineData(double.PositiveInfinity, RefusalCodes.NotANumber)]
    [InlineData(1.1e15, RefusalCodes.NotANumber)]
    [InlineData(-1.1e15, RefusalCodes.NotANumber)]
    [InlineData(1e15, null)]
    [InlineData(0, null)]
    public void What_no_register_can_show_is_refused(double value, string? code) =>
        Assert.Equal(code, Check(Reading(Quantity.EnergyImport, value)).Code);

    [Theory]
    [InlineData("1999-12-31T23:59:59.999Z", RefusalCodes.TimeTooOld)]
    [InlineData("1970-01-01T00:00:00Z", RefusalCodes.TimeTooOld)]
    [InlineData("2024-01-01T00:00:00+08:00", null)]
    [InlineData("2026-03-17T07:02:00Z", null)]
    [InlineData("2026-03-17T07:02:00.001Z", RefusalCodes.TimeInFuture)]
    [InlineData("2027-03-17T06:52:00Z", RefusalCodes.TimeInFuture)]
    [InlineData("2023-12-31T23:59:59+08:00", RefusalCodes.UnknownMeter)]
    public void An_instant_outside_the_window_or_the_meters_life_is_refused(string at, string? code)
    {
        var reading = Reading(Quantity.Power, 1) with { At = Some.At(at) };
        var facts = Some.Meter().Facts.At(Some.Calendar.DayOf(reading.At))?.Value;
        Assert.Equal(code, Screening.Check(reading, facts, Now, Now, Options).Code);
    }

    [Theory]
    [InlineData("2026-03-17T06:52:00Z", Doubt.None)]
    [InlineData("2026-03-17T06:52:02Z", Doubt.None)]
    [InlineData("2026-03-17T06:52:02.001Z", Doubt.ClockAhead)]
    [InlineData("2026-03-16T06:52:00Z", Doubt.None)]
    [InlineData("2026-03-16T06:51:59.999Z", Doubt.Late)]
    public void An_instant_far_from_its_arrival_is_kept_with_a_doubt(string at, Doubt doubt) =>
        Assert.Equal(doubt, Check(Reading(Quantity.Power, 1) with { At = Some.At(at) }).Reading.Doubt);

    [Fact]
    public void A_replayed_reading_is_judged_by_when_it_came_in_but_against_the_clock_of_today()
    {
        var ahead = Reading(Quantity.Power, 1) with { At = Now + TimeSpan.FromDays(1) };
        var verdict = Screening.Check(ahead, Facts(), Now, Now + TimeSpan.FromDays(2), Options);
        Assert.Equal((null, Doubt.ClockAhead), (verdict.Code, verdict.Reading.Doubt));
    }

    [Fact]
    public void Only_the_doubts_that_screening_decides_are_decided_anew()
    {
        var reading = Reading(Quantity.Power, 1) with { Doubt = Doubt.ArrivalTime | Doubt.Late | Doubt.OutOfRange };
        Assert.Equal(Doubt.ArrivalTime, Check(reading).Reading.Doubt);
    }

    [Theory]
    [InlineData(Quantity.EnergyImport, 0, 99_999.99)]
    [InlineData(Quantity.Volume, 0, 99_999.99)]
    [InlineData(Quantity.Power, -150, 150)]
    [InlineData(Quantity.PvPower, -150, 150)]
    [InlineData(Quantity.EnergyInterval, 0, 37.5)]
    [InlineData(Quantity.PowerFactor, -1, 1)]
    [InlineData(Quantity.Frequency, 0, 70)]
    [InlineData(Quantity.VoltageL2, 0, 1_000_000)]
    [InlineData(Quantity.CurrentL3, -100_000, 100_000)]
    [InlineData(Quantity.Irradiance, -20, 2_000)]
    [InlineData(Quantity.ModuleTemperature, -60, 130)]
    [InlineData(Quantity.AmbientTemperature, -60, 70)]
    public void A_value_the_meter_cannot_show_is_kept_with_a_doubt(Quantity quantity, double least, double most)
    {
        (double, Doubt)[] cases =
        [
            (least, Doubt.None), (most, Doubt.None), (least - 0.01, Doubt.OutOfRange), (most + 0.01, Doubt.OutOfRange),
        ];
        foreach (var (value, doubt) in cases)
        {
            var verdict = Check(Reading(quantity, value));
            Assert.Null(verdict.Code);
            Assert.Equal((value, doubt), (verdict.Reading.Value, verdict.Reading.Doubt));
        }
    }

    [Fact]
    public void Without_a_rating_and_a_register_size_nothing_large_is_doubted()
    {
        var facts = Facts() with { RatedPowerKw = null, RegisterMax = null };
        Quantity[] unbounded = [Quantity.EnergyImport, Quantity.Power, Quantity.EnergyInterval, Quantity.Flow];
        foreach (var quantity in unbounded)
            Assert.Equal(Doubt.None, Screening.Check(Reading(quantity, 1e12), facts, Now, Now, Options).Reading.Doubt);
    }

    [Fact]
    public void Every_quantity_has_a_range_and_unknown_numbers_are_refused()
    {
        foreach (var quantity in Enum.GetValues<Quantity>()) Assert.Null(Check(Reading(quantity, 0)).Code);
        Assert.Equal(RefusalCodes.UnknownQuantity, Check(Reading(0, 1)).Code);
        Assert.Equal(RefusalCodes.UnknownQuantity, Check(Reading((Quantity)200, 1)).Code);
    }

    [Fact]
    public void Negative_zero_becomes_zero() =>
        Assert.Equal(0L, BitConverter.DoubleToInt64Bits(Check(Reading(Quantity.Power, -0.0)).Reading.Value));

    static Verdict Check(Reading reading) => Screening.Check(reading, Facts(), Now, Now, Options);

    static MeterFacts Facts() =>
        Some.Meter(ratedPowerKw: 100, registerMax: 99_999.99, intervalS: 900).Facts.Facts[0].Value;

    static Reading Reading(Quantity quantity, double value) => new(new SeriesKey(new MeterId(1), quantity), Now, value);
}
