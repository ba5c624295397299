using System.Globalization;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// One indicator over one or many institutions: Σ totals, divided by Σ denominators of those that have both. Everybody
/// who is left
/// out is named, with the reason.
/// </summary>
sealed class Ratio
{
    readonly List<Finding> _findings = [];

    public Ratio(IReadOnlyList<ScopeFigure> all, Definition definition, bool aggregated)
    {
        List<ScopeFigure> counted = [.. all.Where(one => Counts(one, definition, aggregated))];
        Time = (counted.Count > 0 ? counted : all).Aggregate(default(TimeShare), (sum, one) => sum + one.Total.Time);
        var denominators = counted.Select(one => Denominator(one, definition.Per)).ToList();
        Reason = Missing(all, counted, definition);
        if (Reason is null)
        {
            var total = counted.Sum(one => one.Total.Value ?? 0);
            var denominator = definition.Per == Per.Nothing ? 1 : denominators.Sum(one => one!.Value!.Value);
            Value = total / definition.Divisor / denominator;
        }
        if (!aggregated) foreach (var one in counted.Count > 0 ? counted : all) _findings.AddRange(one.Total.Findings);
        foreach (var one in denominators) if (one is not null) _findings.AddRange(one.Findings);
        Derivation = new Derivation(
            definition.Formula,
            [.. counted.SelectMany(one => aggregated ? ByCarrier(one) : one.Total.Terms)],
            [.. counted.Zip(denominators).Where(pair => pair.Second is not null)
                .SelectMany(pair => Parts(pair.First, pair.Second!, aggregated))],
            _findings);
    }

    public double? Value { get; }
    public string? Reason { get; }
    public TimeShare Time { get; }
    public Derivation Derivation { get; }

    // An institution whose data are missing stays in the sum, so that its metered time lowers the coverage; out of a
    // ratio it goes.
    bool Counts(ScopeFigure one, Definition definition, bool aggregated)
    {
        if (!aggregated) return definition.Per == Per.Nothing || Denominator(one, definition.Per)!.Value is not null;
        var why = one.Total.Reason == MissingReason.NoMeter ? MissingReason.NoMeter
            : definition.Per == Per.Nothing ? null
            : Denominator(one, definition.Per)!.Value is null
                ? (definition.Per == Per.Area ? MissingReason.NoArea : MissingReason.NoHeadCount)
            : one.Total.Reason;
        if (why is not null)
            _findings.Add(new Finding(FindingCodes.Excluded, $"{one.Figures.Code} {one.Figures.Facts.Name}: {why}"));
        else if (one.Total.Value is null)
            _findings.Add(new Finding(FindingCodes.NoData,
                $"{one.Figures.Code} {one.Figures.Facts.Name}: nothing is known, its part is missing"));
        else if (one.Total.Time.Coverage < Verdict.MinCoverage)
            _findings.Add(new Finding(FindingCodes.LowCoverage, string.Create(CultureInfo.InvariantCulture,
                $"{one.Figures.Code} {one.Figures.Facts.Name}: only {one.Total.Time.Coverage * 100:0.0} % of its metered time is known")));
        return why is null;
    }

    static string? Missing(IReadOnlyList<ScopeFigure> all, List<ScopeFigure> counted, Definition definition)
    {
        if (all.All(one => one.Total.Reason == MissingReason.NoMeter)) return MissingReason.NoMeter;
        if (all.All(one => one.Total.Value is null)) return MissingReason.NoData;
        if (counted.Exists(one => one.Total.Value is not null)) return null;
        return definition.Per == Per.Area ? MissingReason.NoArea : MissingReason.NoHeadCount;
    }

    static Denominator? Denominator(ScopeFigure one, Per per) => per switch
    {
        Per.Area => one.Figures.Area,
        Per.Head => one.Figures.Heads,
        _ => null,
    };

    // In a scope, an institution is one term per carrier: its own indicator shows the meters.
    static IEnumerable<DerivationTerm> ByCarrier(ScopeFigure one) => one.Total.Terms
        .GroupBy(term => (term.Carrier, term.Unit, term.Factor, term.FactorSource))
        .Select(group => new DerivationTerm(
            one.Figures.Code, group.Key.Carrier, group.Sum(term => term.Sign * term.Amount), group.Key.Unit, 1,
            group.Key.Factor, group.Key.FactorSource, group.Sum(term => term.Contribution),
            group.Average(term => term.Coverage), group.Average(term => term.Estimated)));

    static IReadOnlyList<DenominatorPart> Parts(ScopeFigure one, Denominator denominator, bool aggregated)
    {
        if (!aggregated) return denominator.Parts;
        var (first, last) = (denominator.Parts[0], denominator.Parts[^1]);
        return [new DenominatorPart($"{first.What} {one.Figures.Code}", first.First, last.End, denominator.Value!.Value, null)];
    }
}
