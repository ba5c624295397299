using System.Globalization;
using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary><c>GET /dual-control?year[&amp;scope]</c>: totals and intensities of a year, their targets, pace and projection.</summary>
static class DualControlApi
{
    public static void MapDualControl(this IEndpointRouteBuilder api) =>
        api.MapGet("/dual-control", GetAsync).WithTags("indicators").RequireAuthorization(Permissions.Read).Produces<DualControlAnswer>()
            .WithSummary("Dual-control indicators of a year against target, seasonal pace and projection.");

    static async Task<IResult> GetAsync(
        int? year, string? scope, VisibleRegistry visible, ICalibers calibers, IIndicatorStore store, ReportingCalendar calendar,
        TimeProvider clock, CancellationToken stop)
    {
        var asked = scope ?? visible.Caller.Scope.Text;
        if (visible.RefuseScope(asked) is { } refusal) return refusal;
        if (year is < 2000 or > 2100) return Problem.Bad("year must lie from 2000 to 2100.");
        var named = calendar.Named(new DateOnly(year ?? visible.Today.Year, 1, 1), Grain.Year);
        var targets = visible.Snapshot.Targets.Where(target => target.Year == named.FirstDay.Year).ToList();
        var indicators = await IndicatorLookup.ReadAsync(
            store, calibers.Default, asked, PeriodNames(named, targets, calendar), null, new(visible.Snapshot.Version, clock.Now()), stop);
        return TypedResults.Ok(new DualControlAnswer(
            asked, named.Name, new CaliberAnswer(calibers.Default.Id, calibers.Default.Title),
            DualControlPart.Of(indicators, asked, targets, named, calendar, visible.Today)));
    }

    /// <summary>The year, the base years, and the months of this year and the one before.</summary>
    public static IReadOnlyCollection<string> PeriodNames(NamedPeriod year, IReadOnlyList<Target> targets, ReportingCalendar calendar) =>
    [
        .. targets.Select(target => target.BaseYear.ToString("0000", CultureInfo.InvariantCulture)).Append(year.Name)
            .Concat(Enumerable.Range(-12, 24).Select(month => calendar.Named(year.FirstDay.AddMonths(month), Grain.Month).Name)).Distinct(),
    ];

    sealed record DualControlAnswer(string Scope, string Year, CaliberAnswer Caliber, IReadOnlyList<DualControlLine> Lines);
}
