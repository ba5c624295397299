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
        group.MapGet("/sites", ([AsParameters] PageRequest page, VisibleRegistry visible) =>
            page.Cut(visible.Snapshot.PvSites, site => site.Code, site => site)).Produces<Page<PvSite>>();
        group.MapGet("/summary", async (PvPart part, ReportingCalendar calendar, TimeProvider clock, CancellationToken stop) =>
            await part.OfAsync(new OverviewPeriods(calendar, clock.Now()), stop));
        api.MapPut("/pv/sites/{code}", (string code, PvSiteRequest body, RegistryChange change, CancellationToken stop) =>
                change.ApplyAsync(new RegistryRows { PvSites = [new PvSiteRow(RegistryChange.Place, body.Site(code))] }, stop))
            .WithTags("pv").RequireAuthorization(Permissions.Edit).Produces<RegistryChange.RegistryAnswer>();
    }

    public sealed record PvSiteRequest(
        string Institution, string Name, double CapacityKwp, double? ArrayAreaM2, string GenerationMeter, string? ImportMeter,
        string? ExportMeter, string? IrradianceMeter)
    {
        public PvSite Site(string code) => new(
            code, Institution, Name, CapacityKwp, ArrayAreaM2, GenerationMeter, ImportMeter, ExportMeter, IrradianceMeter);
    }
}
