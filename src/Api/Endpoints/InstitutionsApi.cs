using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/institutions</c>: the register of institutions as of a day, and new dated facts about them.</summary>
static class InstitutionsApi
{
    public static void MapInstitutions(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/institutions").WithTags("registry").RequireAuthorization(Permissions.Read);
        group.MapGet("/", ListAsync).Produces<Page<InstitutionAnswer>>()
            .WithSummary("Institutions as of a day, with area, head counts, the states of their meters and the newest reading.");
        group.MapGet("/{code}", ShowAsync).Produces<InstitutionDetail>().WithSummary("An institution with every dated fact known of it.");

        var edit = api.MapGroup("/institutions").WithTags("registry").RequireAuthorization(Permissions.Edit);
        edit.MapPut("/{code}", (string code, InstitutionRequest body, RegistryChange change, CancellationToken stop) =>
            change.ApplyAsync(body.ValidFrom, from => new RegistryRows { Institutions = [body.Row(code, from)] }, stop)).Produces<RegistryChange.RegistryAnswer>();
        edit.MapPut("/{code}/areas", (string code, AreaRequest body, RegistryChange change, CancellationToken stop) =>
            body.FloorAreaM2 is not > 0 ? Task.FromResult(RegistryChange.Missing("floorAreaM2"))
                : change.ApplyAsync(body.ValidFrom, from => new RegistryRows { Areas = [body.Row(code, from)] }, stop)).Produces<RegistryChange.RegistryAnswer>();
        edit.MapPut("/{code}/headcounts", (string code, HeadCountRequest body, RegistryChange change, CancellationToken stop) =>
            body.Count is not >= 0 ? Task.FromResult(RegistryChange.Missing("count"))
                : change.ApplyAsync(body.ValidFrom, from => new RegistryRows { HeadCounts = [body.Row(code, from)] }, stop)).Produces<RegistryChange.RegistryAnswer>();
    }

    static async Task<IResult> ListAsync(
        [AsParameters] PageRequest page, string? system, string? type, DateOnly? asOf, VisibleRegistry visible, MeterWatch watch, CancellationToken stop)
    {
        var day = asOf ?? visible.Today;
        var sights = await watch.OfAsync(visible.Snapshot.Meters, stop);
        var matching = visible.Snapshot.Institutions.Where(institution =>
            institution.Facts.At(day) is { } fact && (system is null || fact.Value.System == system) && (type is null || fact.Value.Type == type));
        return TypedResults.Ok(page.Cut(matching, institution => institution.Code, institution => InstitutionAnswer.Of(institution, day, visible.Snapshot, sights)));
    }

    static async Task<IResult> ShowAsync(string code, DateOnly? asOf, VisibleRegistry visible, MeterWatch watch, CancellationToken stop)
    {
        if (visible.Snapshot.Institution(code) is not { } institution) return visible.Refuse("institution", code);
        var day = asOf ?? visible.Today;
        return institution.Facts.At(day) is null
            ? Problem.NotFound($"institution {code} on {day:yyyy-MM-dd}")
            : TypedResults.Ok(InstitutionDetail.Of(institution, day, visible.Snapshot, await watch.OfAsync(visible.Snapshot.Meters, stop)));
    }

    public sealed record InstitutionRequest(DateOnly? ValidFrom, DateOnly? ValidTo, string Name, string Type, string System, string? Parent)
    {
        public InstitutionRow Row(string code, DateOnly validFrom) =>
            new(RegistryChange.Place, code, validFrom, ValidTo, new InstitutionFacts(Name, Type, System, Parent));
    }

    public sealed record AreaRequest(DateOnly? ValidFrom, double? FloorAreaM2, double? HeatedAreaM2, string? Source)
    {
        public AreaRow Row(string code, DateOnly validFrom) =>
            new(RegistryChange.Place, code, validFrom, new FloorArea(FloorAreaM2!.Value, HeatedAreaM2), Source);
    }

    public sealed record HeadCountRequest(DateOnly? ValidFrom, string Category, double? Count, string? Source)
    {
        public HeadCountRow Row(string code, DateOnly validFrom) => new(RegistryChange.Place, code, validFrom, Category, Count!.Value, Source);
    }
}

/// <summary>An institution on a day. Area in m²; head counts by category; its meters by state, and its newest reading.</summary>
sealed record InstitutionAnswer(
    string Code, string Name, string Type, string System, string? Parent, double? FloorAreaM2, double? HeatedAreaM2,
    IReadOnlyDictionary<string, double> HeadCounts, int Meters, IReadOnlyDictionary<string, int> MeterStates, Instant? LastReadingAt)
{
    public static InstitutionAnswer Of(
        Institution institution, DateOnly day, RegistrySnapshot registry, IReadOnlyDictionary<MeterId, MeterSight> sights)
    {
        var own = registry.Meters.Where(meter => meter.Facts.At(day)?.Value.Institution == institution.Code).Select(meter => sights[meter.Id]).ToList();
        var facts = institution.Shown(day);
        var area = institution.Areas.At(day)?.Value;
        return new InstitutionAnswer(
            institution.Code, facts.Name, facts.Type, facts.System, facts.Parent, area?.FloorM2, area?.HeatedM2, Heads(institution, day),
            own.Count, own.CountBy(sight => sight.State.Key()).ToDictionary(), own.Max(sight => sight.LastReadingAt));
    }

    static Dictionary<string, double> Heads(Institution institution, DateOnly day) => institution.HeadCounts
        .Select(entry => (entry.Key, Fact: entry.Value.At(day)))
        .Where(entry => entry.Fact is not null)
        .ToDictionary(entry => entry.Key, entry => entry.Fact!.Value);
}

/// <summary>An institution with every dated fact known of it.</summary>
sealed record InstitutionDetail(
    InstitutionAnswer Current, IReadOnlyList<Dated<InstitutionFacts>> Facts, IReadOnlyList<Dated<FloorArea>> Areas,
    IReadOnlyDictionary<string, IReadOnlyList<Dated<double>>> HeadCounts, IReadOnlyList<string> Meters)
{
    public static InstitutionDetail Of(
        Institution institution, DateOnly day, RegistrySnapshot registry, IReadOnlyDictionary<MeterId, MeterSight> sights) => new(
        InstitutionAnswer.Of(institution, day, registry, sights), institution.Facts.Facts, institution.Areas.Facts,
        institution.HeadCounts.ToDictionary(entry => entry.Key, entry => entry.Value.Facts),
        [.. registry.Meters.Where(meter => meter.Facts.At(day)?.Value.Institution == institution.Code).Select(meter => meter.Code)]);
}
