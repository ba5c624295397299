using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// The dated facts of one meter as the computation of usage needs them: by instant instead of by local day, with the
/// capacity in
/// canonical units per hour. A stretch without facts (before the meter was, after it was taken away) counts nothing.
/// </summary>
sealed class MeterPast
{
    readonly FactSpan[] _spans;

    public MeterPast(Meter meter, ReportingCalendar calendar)
    {
        Replacements = [.. meter.Replacements.OrderBy(replacement => replacement.At)];
        var days = meter.Facts.Facts.SelectMany(fact => new[] { fact.ValidFrom, fact.ValidTo ?? fact.ValidFrom })
            .Distinct().Order().ToArray();
        var starts = days.Select(day => Start(meter, calendar, day)).ToArray();
        _spans = new FactSpan[days.Length + 1];
        _spans[0] = FactSpan.Without(long.MinValue, starts.Length > 0 ? starts[0] : long.MaxValue);
        for (var i = 0; i < days.Length; i++)
        {
            var to = i + 1 < starts.Length ? starts[i + 1] : long.MaxValue;
            _spans[i + 1] = meter.Facts.At(days[i]) is { } fact
                ? FactSpan.Of(starts[i], to, fact.Value, meter.Carrier)
                : FactSpan.Without(starts[i], to);
        }
    }

    // Facts hold from a day on, but a meter that is exchanged on that day counts as the old one did until the moment of it.
    long Start(Meter meter, ReportingCalendar calendar, DateOnly day)
    {
        var local = calendar.Day(day);
        var changes = meter.Facts.At(day) is not null && meter.Facts.At(day.AddDays(-1)) is not null;
        var exchange = changes ? Replacements.FirstOrDefault(replacement => local.Contains(replacement.At)) : null;
        return (exchange?.At ?? local.From).UnixMilliseconds;
    }

    /// <summary>In time order.</summary>
    public IReadOnlyList<MeterReplacement> Replacements { get; }

    public ReadOnlySpan<FactSpan> Spans => _spans;

    public ref readonly FactSpan At(long moment)
    {
        var i = _spans.Length - 1;
        while (_spans[i].From > moment) i--;
        return ref _spans[i];
    }
}

/// <summary>Facts that hold in <c>[From, To)</c>, in UTC milliseconds.</summary>
/// <param name="Multiplier">NaN where there are no facts.</param>
/// <param name="CapacityPerMs">The most the meter can count, in canonical units per millisecond; NaN where
/// unknown.</param>
/// <param name="RegisterMax">NaN where the register never begins again.</param>
/// <param name="IntervalMs">Time between two expected readings; 0 where there are no facts.</param>
readonly record struct FactSpan(
    long From, long To, double Multiplier, double CapacityPerMs, double RegisterMax, long IntervalMs)
{
    const double MsPerHour = 3_600_000;
    const double GigajoulePerKilowattHour = 0.0036;

    public bool Counts => !double.IsNaN(Multiplier);

    public static FactSpan Without(long from, long to) => new(from, to, double.NaN, double.NaN, double.NaN, 0);

    public static FactSpan Of(long from, long to, MeterFacts facts, Carrier carrier) => new(
        from, to, facts.Multiplier, Capacity(facts.RatedPowerKw, carrier) / MsPerHour,
        facts.RegisterMax ?? double.NaN, facts.IntervalS * 1000L);

    // Rated capacity is in kW, or in m³/h for water and gas; for what is bought in tanks it says nothing.
    static double Capacity(double? rated, Carrier carrier) => carrier switch
    {
        Carrier.Electricity or Carrier.Water or Carrier.NaturalGas => rated ?? double.NaN,
        Carrier.Heat => rated * GigajoulePerKilowattHour ?? double.NaN,
        _ => double.NaN,
    };
}
