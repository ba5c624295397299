using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>The bars of past months, each beside the same month of the year before.</summary>
static class MonthsPart
{
    public static IReadOnlyList<MonthValue> Of(
        IndicatorLookup indicators, string scope, string indicator, IReadOnlyList<NamedPeriod> months, int count, Instant now)
    {
        var shown = months.Skip(months.Count - count).ToList();
        return [.. shown.Select(month => Value(indicators, scope, indicator, month, now))];
    }

    static MonthValue Value(IndicatorLookup indicators, string scope, string indicator, NamedPeriod month, Instant now)
    {
        var lastYear = $"{month.FirstDay.AddYears(-1):yyyy-MM}";
        var value = indicators.Value(scope, indicator, month.Name);
        return new MonthValue(
            month.Name, value?.Value, indicators.Value(scope, indicator, lastYear)?.Value, value?.Coverage ?? 0, now < month.Period.To);
    }
}
