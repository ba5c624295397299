using EnergyWatch.Api.Configuration;
using EnergyWatch.Api.Health;
using EnergyWatch.Api.Registry;
using EnergyWatch.Store.Sqlite;

namespace EnergyWatch.Api.Hosting;

/// <summary>Composes the service from its roles. One process runs all of them by default.</summary>
static class ServiceHost
{
    public static WebApplication Build(AppConfig config, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, ApplicationName = "energywatch" });
        builder.AddListeners(config);
        builder.AddConsoleLog();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddFoundation(config);
        builder.Services.AddWeb();
        if (config.Roles.HasFlag(Roles.Ingest)) builder.Services.AddIngest(config.Ingest);
        if ((config.Roles & (Roles.Analytics | Roles.Api)) != 0) builder.Services.AddAnalytics(config);
        if (config.Roles.HasFlag(Roles.Api)) builder.Services.AddApi();
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UseWeb();
        app.MapHealth();
        if (config.Roles.HasFlag(Roles.Ingest)) app.MapIngest();
        if (config.Roles.HasFlag(Roles.Api)) app.MapApi();
        return app;
    }

    /// <summary>What every role and every command needs: the store, the calendar, the configuration.</summary>
    public static IServiceCollection AddFoundation(this IServiceCollection services, AppConfig config) => services
        .AddSingleton(config)
        .AddSingleton(config.Calendar)
        .AddSingleton<SpokenDialects>()
        .AddSqliteStore(new StoreOptions(config.Data))
        .AddSingleton<MetricsText>();
}
