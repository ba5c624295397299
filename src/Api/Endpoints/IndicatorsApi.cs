using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/indicators</c>: the figures of an institution or a group for a calendar period, and how each came about.</summary>
static class IndicatorsApi
{
    public static void MapIndicators(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/indicators").WithTags("indicators").RequireAuthorization(Permissions.Read);
        group.MapGet("/", ListAsync).Produces<IndicatorsAnswer>()
            .WithSummary("Totals and intensities of an institution or a group for a calendar period, under one caliber.");
        group.MapGet("/{id:long}/provenance", ProvenanceAsync).Produces<ProvenanceAnswer>()
            .WithSummary("How a figure came about: formula, factors with source, meters, denominators with dates, findings.");
        api.MapGet("/calibers", (ICalibers calibers) => calibers.All).WithTags("indicators").RequireAuthorization(Permissions.Read);
    }

    static async Task<IResult> ListAsync(
        string? institution, string? scope, string? period, string? caliber, VisibleRegistry visible, ICalibers calibers,
        IIndicatorStore store, ReportingCalendar calendar, CancellationToken stop)
    {
        var asked = institution ?? scope ?? visible.Caller.Scope.Text;
        if (visible.RefuseScope(asked) is { } refusal) return refusal;
        if (!calendar.TryName(period ?? visible.Today.Year.ToString(System.Globalization.CultureInfo.InvariantCulture), out var named) || named.FirstDay.Year is < 2000 or > 2100)
            return Problem.Bad($"period=\"{period}\" is not one of 2026, 2026-Q3, 2026-10, 2026-10-05.");
        if ((caliber is null ? calibers.Default : calibers.Find(caliber)) is not { } found)
            return Problem.Bad($"caliber=\"{caliber}\" is not one of {string.Join(", ", calibers.All.Select(one => one.Id))}.");
        var values = await store.FindAsync([asked], [named.Name], found.Id, null, stop);
        return TypedResults.Ok(new IndicatorsAnswer(
            asked, named.Name, new Overview.CaliberAnswer(found.Id, found.Title), [.. values.Select(value => IndicatorAnswer.Of(value, named))]));
    }

    static async Task<IResult> ProvenanceAsync(long id, VisibleRegistry visible, IIndicatorStore store, CancellationToken stop)
    {
        if (await store.GetAsync(id, stop) is not { } value) return Problem.NotFound($"indicator {id}");
        return visible.RefuseScope(value.Scope) ?? TypedResults.Ok(ProvenanceAnswer.Of(value));
    }
}

sealed record IndicatorsAnswer(string Scope, string Period, Overview.CaliberAnswer Caliber, IReadOnlyList<IndicatorAnswer> Items);

/// <summary>A metric that knows its name and the id under which its provenance is found.</summary>
sealed record IndicatorAnswer(
    long Id, string Indicator, int Version, double? V, string U, Quality Q, Instant AsOf, MetricPeriod Period, Versions Versions)
{
    public static IndicatorAnswer Of(IndicatorValue value, NamedPeriod period)
    {
        var metric = Metric.Of(value, period);
        return new(value.Id, value.Indicator, value.Version, metric.V, metric.U, metric.Q, metric.AsOf, metric.Period, metric.Versions);
    }
}

/// <summary>One value with everything it was computed from.</summary>
sealed record ProvenanceAnswer(
    long Id, string Indicator, string Scope, string Period, double? Value, string Unit, double Coverage, double Estimated, string? Reason,
    Instant AsOf, string Caliber, long Registry, int Version, string Formula, IReadOnlyList<TermAnswer> Terms,
    IReadOnlyList<DenominatorPart> Denominators, IReadOnlyList<Finding> Findings)
{
    public static ProvenanceAnswer Of(IndicatorValue value) => new(
        value.Id, value.Indicator, value.Scope, value.Period, value.Value, value.Unit, value.Coverage, value.Estimated, value.Reason,
        value.AsOf, value.CaliberId, value.RegistryVersion, value.Version, value.Derivation.Formula,
        [.. value.Derivation.Terms.Select(TermAnswer.Of)], value.Derivation.Denominators, value.Derivation.Findings);
}

sealed record TermAnswer(
    string Meter, string Carrier, double Amount, string Unit, double Sign, double? Factor, string? FactorSource, double Contribution,
    double Coverage, double Estimated)
{
    public static TermAnswer Of(DerivationTerm term) => new(
        term.Meter, Domain.Readings.Carriers.Key(term.Carrier), term.Amount, term.Unit, term.Sign, term.Factor, term.FactorSource,
        term.Contribution, term.Coverage, term.Estimated);
}
