using EnergyWatch.Api.Access;
using EnergyWatch.Api.Overview;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/pv</c>: rooftop plants of the registry, and what they yield.</summary>
static class PvApi
{
    public static void MapPv(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/pv").WithTags("pv").RequireAuthorization(Permissions.Read);
        group.MapGet("/sites", SitesAsync).Produces<Page<PvSiteAnswer>>();
        group.MapGet("/summary", async (PvPart part, ReportingCalendar calendar, TimeProvider clock, CancellationToken stop) =>
            await part.OfAsync(new OverviewPeriods(calendar, clock.Now()), stop));
        api.MapPut("/pv/sites/{code}", (string code, PvSiteRequest body, RegistryChange change, CancellationToken stop) =>
                change.ApplyAsync(new RegistryRows { PvSites = [new PvSiteRow(RegistryChange.Place, body.Site(code))] }, stop))
            .WithTags("pv").RequireAuthorization(Permissions.Edit).Produces<RegistryChange.RegistryAnswer>();
    }

    static async Task<IResult> SitesAsync([AsParameters] PageRequest page, VisibleRegistry visible, MeterWatch watch, CancellationToken stop)
    {
        var registry = visible.Snapshot;
        var sights = await watch.OfAsync([.. registry.PvSites.Select(site => registry.Meter(site.GenerationMeter)).OfType<Meter>()], stop);
        return TypedResults.Ok(page.Cut(registry.PvSites, site => site.Code, site =>
            PvSiteAnswer.Of(site, registry.Meter(site.GenerationMeter) is { } meter ? sights[meter.Id] : null)));
    }

    /// <summary>A plant of the registry with the state of its generation meter.</summary>
    sealed record PvSiteAnswer(
        string Code, string Institution, string Name, double CapacityKwp, double? ArrayAreaM2, string GenerationMeter, string? ImportMeter,
        string? ExportMeter, string? IrradianceMeter, string State, Instant? LastReadingAt)
    {
        public static PvSiteAnswer Of(PvSite site, MeterSight? seen) => new(
            site.Code, site.Institution, site.Name, site.CapacityKwp, site.ArrayAreaM2, site.GenerationMeter, site.ImportMeter,
            site.ExportMeter, site.IrradianceMeter, (seen?.State ?? MeterState.Never).Key(), seen?.LastReadingAt);
    }

    public sealed record PvSiteRequest(
        string Institution, string Name, double CapacityKwp, double? ArrayAreaM2, string GenerationMeter, string? ImportMeter,
        string? ExportMeter, string? IrradianceMeter)
    {
        public PvSite Site(string code) => new(
            code, Institution, Name, CapacityKwp, ArrayAreaM2, GenerationMeter, ImportMeter, ExportMeter, IrradianceMeter);
    }
}
