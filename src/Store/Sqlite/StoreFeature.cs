using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Store.Sqlite.Access;
using EnergyWatch.Store.Sqlite.Gateways;
using EnergyWatch.Store.Sqlite.Indicators;
using EnergyWatch.Store.Sqlite.Ledger;
using EnergyWatch.Store.Sqlite.Quotas;
using EnergyWatch.Store.Sqlite.Registry;
using EnergyWatch.Store.Sqlite.Series;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Store.Sqlite;

public static class StoreFeature
{
    /// <summary>
    /// Every store port on SQLite files in one folder. Call it before other features: it opens before they start.
    /// </summary>
    public static IServiceCollection AddSqliteStore(this IServiceCollection services, StoreOptions options) => services
        .AddSingleton(options)
        .AddSingleton<StoreMetrics>()
        .AddSingleton<SqliteFiles>()
        .AddSingleton<ZoneBinding>()
        .AddSingleton(found => new SqliteStore(
            found.GetRequiredService<SqliteFiles>(), found.GetRequiredService<ZoneBinding>(), found.GetRequiredService<SqliteRegistry>(),
            found.GetRequiredService<TimeProvider>(), found.GetRequiredService<ILogger<SqliteStore>>()))
        .AddHostedService<StoreStart>()
        .AddSingleton<SqliteRegistry>()
        .AddSingleton<IRegistry>(found => found.GetRequiredService<SqliteRegistry>())
        .AddSingleton<IRegistryEditor>(found => found.GetRequiredService<SqliteRegistry>())
        .AddHostedService<RegistryWatch>()
        .AddSingleton<SqliteSeriesStore>()
        .AddSingleton<ISeriesWriter>(found => found.GetRequiredService<SqliteSeriesStore>())
        .AddSingleton<ISeriesReader>(found => found.GetRequiredService<SqliteSeriesStore>())
        .AddSingleton<IWorkLedger, SqliteWorkLedger>()
        .AddSingleton<IUsageLedger, SqliteUsageLedger>()
        .AddSingleton<IIndicatorStore, SqliteIndicatorStore>()
        .AddSingleton<IQuotaStore, SqliteQuotaStore>()
        .AddSingleton<INoticeOutbox, SqliteNoticeOutbox>()
        .AddSingleton<IQuarantine, SqliteQuarantine>()
        .AddSingleton<IFieldStates, SqliteFieldStates>()
        .AddSingleton<IGatewayFaults, SqliteGatewayFaults>()
        .AddSingleton<ISightings, SqliteSightings>()
        .AddSingleton<IAccessStore, SqliteAccessStore>()
        .AddSingleton<IAuditLog, SqliteAuditLog>();
}
