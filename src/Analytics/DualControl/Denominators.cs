using System.Globalization;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// A denominator of an institution over some days: its mean weighted by days, and the dated parts it is made of.
/// </summary>
public sealed record Denominator(double? Value, IReadOnlyList<DenominatorPart> Parts, IReadOnlyList<Finding> Findings);

/// <summary>Floor area and energy users of an institution, from dated facts.</summary>
public static class Denominators
{
    // Statistics ask for an explanation of anything above this.
    const double Explained = 0.10;

    /// <summary>
    /// Mean floor area in m² over the days from <paramref name="first"/> up to <paramref name="end"/>.
    /// </summary>
    public static Denominator Area(Institution institution, DateOnly first, DateOnly end) => Mean(
        "floor_area_m2", institution.Areas.Spans(first, end)
            .Select(span => (span.First, span.End, span.Fact?.Value.FloorM2, span.Fact?.Source)), []);

    /// <summary>Mean number of energy users over the days: Σ category × the caliber's weight.</summary>
    public static Denominator Heads(Institution institution, DenominatorRule rule, DateOnly first, DateOnly end)
    {
        var findings = institution.HeadCounts.Keys.Where(category => !rule.HeadWeights.ContainsKey(category))
            .Order(StringComparer.Ordinal)
            .Select(category => new Finding(
                FindingCodes.CategoryNotInCaliber, $"{category} has no weight in the caliber and is not counted"))
            .ToList();
        var counted = institution.HeadCounts.Where(count => rule.HeadWeights.GetValueOrDefault(count.Key) != 0)
            .OrderBy(count => count.Key, StringComparer.Ordinal).ToList();
        var cuts = counted.SelectMany(count => count.Value.Spans(first, end))
            .SelectMany(span => new[] { span.First, span.End })
            .Append(first).Append(end).Distinct().Order().ToList();
        var spans = cuts.Zip(cuts.Skip(1)).Select(cut => At(counted, rule, cut.First, cut.Second));
        return Mean("heads", spans, findings);
    }

    static (DateOnly, DateOnly, double?, string?) At(
        List<KeyValuePair<string, Timeline<double>>> counted, DenominatorRule rule, DateOnly first, DateOnly end)
    {
        var held = counted.Select(count => (Category: count.Key, Fact: count.Value.At(first)))
            .Where(count => count.Fact is not null).ToList();
        if (held.Count == 0) return (first, end, null, null);
        var sum = held.Sum(count => count.Fact!.Value * rule.HeadWeights[count.Category]);
        var said = string.Join(" + ", held.Select(count => string.Create(CultureInfo.InvariantCulture,
            $"{count.Category} {count.Fact!.Value:0.###} × {rule.HeadWeights[count.Category]:0.######}")));
        var sources = string.Join("; ", held.Select(count => count.Fact!.Source).OfType<string>().Distinct());
        return (first, end, sum, sources.Length > 0 ? $"{said} ({sources})" : said);
    }

    static Denominator Mean(
        string what, IEnumerable<(DateOnly First, DateOnly End, double? Value, string? Source)> spans,
        List<Finding> findings)
    {
        var parts = new List<DenominatorPart>();
        var missing = 0;
        foreach (var (first, end, value, source) in spans)
        {
            if (value is > 0) parts.Add(new DenominatorPart(what, first, end, value.Value, source));
            else missing += end.DayNumber - first.DayNumber;
        }
        var days = parts.Sum(part => part.End.DayNumber - part.First.DayNumber);
        if (days == 0) return new Denominator(null, parts, findings);
        if (missing > 0)
            findings.Add(new Finding(FindingCodes.PartOfPeriod, string.Create(CultureInfo.InvariantCulture,
                $"{what} is known for {days} of {days + missing} days; its mean is over those")));
        foreach (var (before, after) in parts.Zip(parts.Skip(1))
            .Where(pair => Math.Abs(pair.Second.Value / pair.First.Value - 1) > Explained))
            findings.Add(new Finding(FindingCodes.DenominatorChanged, string.Create(CultureInfo.InvariantCulture,
                $"{what} changes from {before.Value:0.###} to {after.Value:0.###} on {after.First:yyyy-MM-dd}, by more than 10 %: it must be explained")));
        var mean = parts.Sum(part => part.Value * (part.End.DayNumber - part.First.DayNumber)) / days;
        return new Denominator(mean, parts, findings);
    }
}
