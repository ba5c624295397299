using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>
/// Loads what the quotas of a year are computed from: indicator values of the last two years and dated facts.
/// </summary>
sealed class QuotaCases(IRegistry registry, IIndicatorStore indicators, ICalibers calibers, ReportingCalendar calendar)
{
    public Caliber Caliber => calibers.Default;

    public IReadOnlyList<Target> Targets => registry.Current.Targets;

    /// <summary>Every institution that exists in the year but for these; those without a base as well.</summary>
    public async ValueTask<IReadOnlyList<QuotaCase>> LoadAsync(
        string indicator, int year, Instant now, IReadOnlySet<string> without, CancellationToken stop)
    {
        var day = calendar.DayOf(now);
        var begin = new DateOnly(year, 1, 1);
        var snapshot = registry.Current;
        var institutions = snapshot.Institutions.Where(institution => !without.Contains(institution.Code))
            .Where(institution => institution.Facts.Spans(begin, begin.AddYears(1)).Any(span => span.Fact is not null))
            .ToList();
        if (institutions.Count == 0) return [];
        var values = await indicators.FindAsync(
            institutions.ConvertAll(institution => institution.Code), [.. Periods(year, day)], Caliber.Id, [indicator],
            stop);
        var byScope = values.ToLookup(value => value.Scope);
        return institutions.ConvertAll(institution =>
        {
            var ofInstitution = byScope[institution.Code].ToDictionary(value => value.Period);
            var from = QuotaBase.Choose(year, ofInstitution, day, at => IsMetered(
                snapshot, institution.Code, indicator, at), calendar);
            return new QuotaCase(
                institution.Code, from, Denominators(institution, from.First, from.End),
                Denominators(institution, begin, begin.AddYears(1)));
        });
    }

    QuotaDenominators Denominators(Institution institution, DateOnly first, DateOnly end) => new(
        DualControl.Denominators.Area(institution, first, end).Value,
        DualControl.Denominators.Heads(institution, Caliber.Denominators, first, end).Value);

    static bool IsMetered(RegistrySnapshot snapshot, string institution, string indicator, DateOnly day) =>
        Consumption.Meters(snapshot, institution, day).Any(counted => Counts(indicator, counted.Meter.Carrier));

    static bool Counts(string indicator, Carrier carrier) => indicator switch
    {
        IndicatorKeys.WaterTotal => carrier == Carrier.Water,
        IndicatorKeys.ElectricityTotal => carrier == Carrier.Electricity,
        _ => carrier != Carrier.Water,
    };

    // Last year as a whole, its months, and the twelve months before the day.
    IEnumerable<string> Periods(int year, DateOnly day)
    {
        var lastYear = new DateOnly(year - 1, 1, 1);
        var latest = new DateOnly(day.Year, day.Month, 1).AddYears(-1);
        var months = Enumerable.Range(0, 12)
            .SelectMany(month => new[] { lastYear.AddMonths(month), latest.AddMonths(month) });
        return months.Distinct().Select(month => calendar.Named(month, Grain.Month).Name)
            .Append(calendar.Named(lastYear, Grain.Year).Name);
    }
}
