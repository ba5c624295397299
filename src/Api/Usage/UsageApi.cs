using EnergyWatch.Api.Access;
using EnergyWatch.Api.Endpoints;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Usage;

/// <summary><c>GET /usage</c>: usage of a meter, an institution or a group, in hours, days, months or years.</summary>
static class UsageApi
{
    const int MostSteps = 10_000;

    static readonly Dictionary<Grain, TimeSpan> Otherwise = new()
    {
        [Grain.Hour] = TimeSpan.FromDays(1), [Grain.Day] = TimeSpan.FromDays(31), [Grain.Month] = TimeSpan.FromDays(366), [Grain.Year] = TimeSpan.FromDays(366),
    };

    public static void MapUsage(this IEndpointRouteBuilder api) =>
        api.MapGet("/usage", GetAsync).WithTags("usage").RequireAuthorization(Permissions.Read).Produces<SeriesAnswer>()
            .WithSummary("Usage of a meter, an institution or a group per hour, day, month or year: value or null, coverage, gaps.");

    static async Task<IResult> GetAsync(
        [AsParameters] UsageRequest asked, [AsParameters] AskedPeriod when, VisibleRegistry visible, UsageView view,
        ReportingCalendar calendar, TimeProvider clock, CancellationToken stop)
    {
        if (asked.Refuse(visible, out var grain, out var carrier) is { } refusal) return refusal;
        if (!when.TryRead(calendar, clock.Now(), Otherwise[grain], out var period, out var fault)) return Problem.Bad(fault);
        var steps = calendar.Split(period, grain).Take(MostSteps + 1).Select(step => step.Period).ToList();
        if (steps.Count == 0) return Problem.Bad("The period is empty.");
        if (steps.Count > MostSteps) return Problem.Bad($"That is more than {MostSteps} steps; ask for a coarser grain.", MissingReason.TooLong);
        if (asked.Meter is not null)
        {
            var meter = visible.Snapshot.Meter(asked.Meter)!;
            return TypedResults.Ok(SeriesAnswer.Of(grain, meter.Carrier.Unit(), await view.OfMeterAsync(meter, steps, grain, stop)));
        }
        var values = await view.OfInstitutionsAsync(visible.Snapshot, asked.Institutions(visible), carrier, steps, grain, stop);
        return TypedResults.Ok(SeriesAnswer.Of(grain, carrier.Unit(), values));
    }
}

/// <summary>Whose usage is asked for: exactly one of meter, institution and scope; the caller's own scope where none is named.</summary>
sealed record UsageRequest(string? Meter, string? Institution, string? Scope, string? Carrier, string? Grain)
{
    public IResult? Refuse(VisibleRegistry visible, out Grain grain, out Carrier carrier)
    {
        carrier = Domain.Readings.Carrier.Electricity;
        if (!Enum.TryParse(Grain ?? "day", ignoreCase: true, out grain) || grain == Domain.Time.Grain.Quarter || !Enum.IsDefined(grain))
            return Problem.Bad("grain must be hour, day, month or year.");
        if (Carrier is not null && !Carriers.TryParse(Carrier, out carrier))
            return Problem.Bad($"carrier must be one of {string.Join(", ", Carriers.All.Select(one => one.Key()))}.");
        if (new[] { Meter, Institution, Scope }.Count(name => name is not null) > 1) return Problem.Bad("Give one of meter, institution and scope.");
        if (Meter is not null) return visible.Snapshot.Meter(Meter) is null ? visible.Refuse("meter", Meter) : null;
        if (Institution is not null) return visible.Snapshot.Institution(Institution) is null ? visible.Refuse("institution", Institution) : null;
        return Scope is null ? null : visible.RefuseScope(Scope);
    }

    public IReadOnlyCollection<string> Institutions(VisibleRegistry visible)
    {
        if (Institution is not null) return [Institution];
        var inside = new Domain.Access.Scope(Scope ?? visible.Caller.Scope.Text).Of(visible.Snapshot, visible.Today);
        return [.. inside.Institutions.Select(institution => institution.Code)];
    }
}
