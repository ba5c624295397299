using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// The dual-control indicators (能耗双控、碳排放双控): totals, per area and per head, for an institution and for scopes over
/// many. Pure.
/// A scope's intensity is the sum over the sum, never a mean of ratios; what cannot be compared is left out and named.
/// The value of a
/// period that is not over is what was used to date over the mean denominator to date.
/// </summary>
public static class DualControlIndicators
{
    public const string County = "county";

    /// <summary>The indicators that are sums, in the order they are shown.</summary>
    public static IReadOnlyList<string> TotalKeys { get; } =
    [
        IndicatorKeys.EnergyTotal, IndicatorKeys.CarbonTotal, IndicatorKeys.ElectricityTotal, IndicatorKeys.WaterTotal,
    ];

    static readonly Definition[] Definitions =
    [
        new(IndicatorKeys.EnergyTotal, Basis.Energy, Per.Nothing, "Σ amount × kgce per unit"),
        new(IndicatorKeys.EnergyPerArea, Basis.Energy, Per.Area, "Σ amount × kgce per unit ÷ mean floor area"),
        new(IndicatorKeys.EnergyPerHead, Basis.Energy, Per.Head, "Σ amount × kgce per unit ÷ mean energy users"),
        new(IndicatorKeys.CarbonTotal, Basis.Carbon, Per.Nothing,
            "Σ amount × kgCO₂ per unit ÷ 1000; electricity: purchased only", 1000),
        new(IndicatorKeys.CarbonPerArea, Basis.Carbon, Per.Area,
            "Σ amount × kgCO₂ per unit ÷ mean floor area; electricity: purchased only"),
        new(IndicatorKeys.CarbonPerHead, Basis.Carbon, Per.Head,
            "Σ amount × kgCO₂ per unit ÷ mean energy users; electricity: purchased only"),
        new(IndicatorKeys.ElectricityTotal, Basis.Electricity, Per.Nothing, "Σ kWh"),
        new(IndicatorKeys.ElectricityPerArea, Basis.Electricity, Per.Area, "Σ kWh ÷ mean floor area"),
        new(IndicatorKeys.ElectricityPerHead, Basis.Electricity, Per.Head, "Σ kWh ÷ mean energy users"),
        new(IndicatorKeys.WaterTotal, Basis.Water, Per.Nothing, "Σ m³"),
        new(IndicatorKeys.WaterPerHead, Basis.Water, Per.Head, "Σ m³ ÷ mean energy users"),
    ];

    /// <summary>All indicators of one institution; or only <paramref name="keys"/>.</summary>
    public static IReadOnlyList<IndicatorValue> Evaluate(
        Evaluation evaluation, InstitutionFigures figures, IReadOnlyCollection<string>? keys = null) =>
        Values(evaluation, figures.Code, [figures], aggregated: false, keys);

    /// <summary>All indicators of a scope over these institutions; or only <paramref name="keys"/>.</summary>
    public static IReadOnlyList<IndicatorValue> Evaluate(
        Evaluation evaluation, string scope, IReadOnlyList<InstitutionFigures> members,
        IReadOnlyCollection<string>? keys = null) =>
        Values(evaluation, scope, members, aggregated: true, keys);

    /// <summary>Every institution, every <c>system:…</c> and <c>type:…</c>, and the county.</summary>
    public static IReadOnlyList<IndicatorValue> EvaluateAll(
        Evaluation evaluation, IReadOnlyList<InstitutionFigures> all, IReadOnlyCollection<string>? keys = null) =>
    [
        .. all.SelectMany(figures => Evaluate(evaluation, figures, keys)),
        .. all.GroupBy(figures => figures.Facts.System).OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group => Evaluate(evaluation, $"system:{group.Key}", [.. group], keys)),
        .. all.GroupBy(figures => figures.Facts.Type).OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group => Evaluate(evaluation, $"type:{group.Key}", [.. group], keys)),
        .. Evaluate(evaluation, County, all, keys),
    ];

    static List<IndicatorValue> Values(
        Evaluation evaluation, string scope, IReadOnlyList<InstitutionFigures> members, bool aggregated,
        IReadOnlyCollection<string>? keys)
    {
        var wanted = Definitions.Where(definition => keys is null || keys.Contains(definition.Key)).ToList();
        var bases = wanted.Select(definition => definition.Basis).Distinct()
            .ToDictionary(
                basis => basis, basis => members.Select(member => Figure(evaluation.Caliber, member, basis)).ToList());
        return [.. wanted.Select(definition => Value(
            evaluation, scope, definition, new Ratio(bases[definition.Basis], definition, aggregated)))];
    }

    static ScopeFigure Figure(Caliber caliber, InstitutionFigures member, Basis basis) => new(member, basis switch
    {
        Basis.Energy => Totals.EnergyKgce(member.Use, caliber),
        Basis.Carbon => Totals.CarbonKg(member.Use, caliber),
        Basis.Electricity => Totals.Electricity(member.Use, caliber),
        _ => Totals.Water(member.Use, caliber),
    });

    static IndicatorValue Value(Evaluation evaluation, string scope, Definition definition, Ratio ratio)
    {
        var period = evaluation.Period;
        return new IndicatorValue(
            0, scope, definition.Key, period.Name, ratio.Value, IndicatorKeys.Units[definition.Key],
            ratio.Time.Coverage, ratio.Time.EstimatedShare, ratio.Reason,
            evaluation.AsOf < period.Period.To ? evaluation.AsOf : period.Period.To,
            evaluation.Caliber.Id, evaluation.Registry.Version, 0, ratio.Derivation);
    }
}

enum Basis { Energy, Carbon, Electricity, Water }

enum Per { Nothing, Area, Head }

/// <param name="Divisor">From the unit of the terms to the indicator's: kgCO₂ to tCO₂.</param>
sealed record Definition(string Key, Basis Basis, Per Per, string Formula, double Divisor = 1);

sealed record ScopeFigure(InstitutionFigures Figures, Total Total);
