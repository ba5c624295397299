namespace EnergyWatch.Api.Overview;

/// <summary>The first screen in one call.</summary>
static class OverviewFeature
{
    public static IServiceCollection AddOverview(this IServiceCollection services) => services
        .AddSingleton<OverviewCache>()
        .AddSingleton<ChangesCache>()
        .AddSingleton<SlotsCache>()
        .AddScoped<OverviewView>()
        .AddScoped<TotalsPart>()
        .AddScoped<ChangesPart>()
        .AddScoped<InstitutionsPart>()
        .AddScoped<AttentionPart>()
        .AddScoped<FreshnessPart>()
        .AddScoped<PvPart>();
}
