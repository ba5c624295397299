using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>Floor area (m²) and users of energy of an institution over some days: means by days; null where no day has a fact.</summary>
public sealed record Denominators(double? Area, double? Heads)
{
    /// <summary>Over the local days from <paramref name="first"/> up to, not including, <paramref name="end"/>.</summary>
    public static Denominators Over(Institution institution, DateOnly first, DateOnly end, DenominatorRule rule)
    {
        var counted = institution.HeadCounts.Where(entry => rule.HeadWeights.GetValueOrDefault(entry.Key) > 0).ToList();
        var heads = counted.Select(entry => Mean(entry.Value, first, end) * rule.HeadWeights[entry.Key]).OfType<double>().ToList();
        return new Denominators(Mean(institution.Areas, first, end, area => area.FloorM2), heads.Count == 0 ? null : heads.Sum());
    }

    static double? Mean(Timeline<double> facts, DateOnly first, DateOnly end) => Mean(facts, first, end, value => value);

    static double? Mean<T>(Timeline<T> facts, DateOnly first, DateOnly end, Func<T, double> value)
    {
        var known = facts.Spans(first, end).Where(span => span.Fact is not null).ToList();
        var days = known.Sum(span => span.End.DayNumber - span.First.DayNumber);
        return days == 0 ? null : known.Sum(span => value(span.Fact!.Value) * (span.End.DayNumber - span.First.DayNumber)) / days;
    }
}
