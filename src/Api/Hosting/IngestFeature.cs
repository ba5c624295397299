using EnergyWatch.Api.Access;
using EnergyWatch.Api.Configuration;
using EnergyWatch.Api.Endpoints;
using EnergyWatch.Api.Health;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Push;

namespace EnergyWatch.Api.Hosting;

/// <summary>The ingest role: every way in, on one pipeline.</summary>
static class IngestFeature
{
    public static IServiceCollection AddIngest(this IServiceCollection services, IngestConfig config) => services
        .AddReadingPipeline(config.Pipeline)
        .AddModbus(config.Modbus)
        .AddMqtt(config.Mqtt, config.Brokers)
        .AddPush()
        .AddSingleton<IPushScope, PushScope>()
        .AddSingleton<IReadinessCheck, IngestReadiness>();

    public static void MapIngest(this WebApplication app)
    {
        app.MapReadingsPush().RequireAuthorization(Permissions.Push);
        app.MapGroup("/api/v1").MapQuarantine();
    }
}
