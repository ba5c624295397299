using EnergyWatch.Api.Endpoints;
using EnergyWatch.Api.Overview;
using EnergyWatch.Api.Usage;

namespace EnergyWatch.Api.Hosting;

/// <summary>The api role: what users and programs ask, its description, and the dashboard.</summary>
static class ApiFeature
{
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddApiDescription();
        return services.AddScoped<RegistryChange>().AddScoped<MeterWatch>()
            .AddScoped<GatewayWatch>().AddScoped<GatewayClock>().AddScoped<SightingEntries>().AddScoped<UsageView>().AddOverview();
    }

    public static void MapApi(this WebApplication app)
    {
        var api = app.MapGroup("/api/v1");
        api.MapAuth();
        api.MapInstitutions();
        api.MapMeters();
        api.MapGateways();
        api.MapPv();
        api.MapReadings();
        api.MapUsage();
        api.MapIndicators();
        api.MapDualControl();
        api.MapNotices();
        api.MapOverview();
        api.MapStream();
        api.MapJobs();
        api.MapAdministration();
        app.MapApiDescription();
        app.MapDashboard();
    }
}
