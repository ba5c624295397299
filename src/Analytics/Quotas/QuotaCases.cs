using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>Loads what the quotas of a year are computed from: indicator values of the last two years and dated facts.</summary>
sealed class QuotaCases(IRegistry registry, IIndicatorStore indicators, ICalibers calibers, ReportingCalendar calendar)
{
    public Caliber Caliber => calibers.Default;

    public IReadOnlyList<Target> Targets => registry.Current.Targets;

    /// <summary>Every institution, those without a base as well.</summary>
    public async ValueTask<IReadOnlyList<QuotaCase>> LoadAsync(string indicator, int year, Instant now, CancellationToken stop)
    {
        var day = calendar.DayOf(now);
        var institutions = registry.Current.Institutions;
        var values = await indicators.FindAsync(
            [.. institutions.Select(institution => institution.Code)], [.. Periods(year, day)], Caliber.Id, [indicator], stop);
        var byScope = values.ToLookup(value => value.Scope);
        return [.. institutions.Select(institution => Case(institution, byScope[institution.Code], year, day))];
    }

    QuotaCase Case(Institution institution, IEnumerable<IndicatorValue> values, int year, DateOnly day)
    {
        var byPeriod = values.ToDictionary(value => value.Period);
        var lastYear = byPeriod.GetValueOrDefault(calendar.Named(new DateOnly(year - 1, 1, 1), Grain.Year).Name);
        var from = QuotaBase.Choose(year, lastYear, byPeriod, day, calendar);
        var begin = new DateOnly(year, 1, 1);
        return new QuotaCase(
            institution.Code, from,
            Denominators.Over(institution, from.First, from.End, Caliber.Denominators),
            Denominators.Over(institution, begin, begin.AddYears(1), Caliber.Denominators));
    }

    // Last year as a whole, its months, and the twelve months before the day.
    IEnumerable<string> Periods(int year, DateOnly day)
    {
        var lastYear = new DateOnly(year - 1, 1, 1);
        var latest = new DateOnly(day.Year, day.Month, 1).AddYears(-1);
        var months = Enumerable.Range(0, 12).SelectMany(month => new[] { lastYear.AddMonths(month), latest.AddMonths(month) });
        return months.Distinct().Select(month => calendar.Named(month, Grain.Month).Name)
            .Append(calendar.Named(lastYear, Grain.Year).Name);
    }
}
