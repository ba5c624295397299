using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// What an evaluation is made under: the registry, the caliber, the period and the moment up to which it counts.
/// </summary>
/// <param name="AsOf">Days that begin before it count; of its own day what the ledger has. At or after the period's
/// end it counts whole.</param>
public sealed record Evaluation(
    RegistrySnapshot Registry, ReportingCalendar Calendar, Caliber Caliber, NamedPeriod Period, Instant AsOf)
{
    /// <summary>The local day after the last one that counts.</summary>
    public DateOnly EndDay
    {
        get
        {
            var last = Calendar.DayOf(AsOf < Period.Period.To ? AsOf : Period.Period.To);
            return Calendar.Day(last).From < AsOf && AsOf < Period.Period.To ? last.AddDays(1) : last;
        }
    }
}

/// <summary>
/// Usage and denominators of one institution in an evaluation: all that its indicators and those of its scopes are
/// made of.
/// </summary>
public sealed record InstitutionFigures(
    Institution Institution, InstitutionFacts Facts, InstitutionUse Use, Denominator Area, Denominator Heads)
{
    public string Code => Institution.Code;

    /// <param name="usage">Day cells of (at least) the institution's meters in the period.</param>
    public static InstitutionFigures Of(Evaluation evaluation, Institution institution, DayUsage usage)
    {
        var (first, end) = (evaluation.Period.FirstDay, evaluation.EndDay);
        return new InstitutionFigures(
            institution, institution.Shown(end > first ? end.AddDays(-1) : first),
            Consumption.Of(institution.Code, evaluation.Period, usage, evaluation.Registry, evaluation.Calendar,
                evaluation.AsOf),
            Denominators.Area(institution, first, end),
            Denominators.Heads(institution, evaluation.Caliber.Denominators, first, end));
    }

    /// <summary>The meters whose usage is needed to evaluate the institution.</summary>
    public static IReadOnlyList<MeterId> MetersOf(RegistrySnapshot registry, string institution)
    {
        var exports = registry.PvSites.Where(site => site.Institution == institution).Select(site => site.ExportMeter)
            .OfType<string>();
        return
        [
            .. registry.Meters.Where(meter => meter.Facts.Facts.Any(fact => fact.Value.Institution == institution))
                .Concat(exports.Select(registry.Meter).OfType<Meter>()).Select(meter => meter.Id).Distinct(),
        ];
    }
}
