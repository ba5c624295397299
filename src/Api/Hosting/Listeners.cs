using System.Net;
using EnergyWatch.Api.Configuration;
using EnergyWatch.Ingest.Mqtt;

namespace EnergyWatch.Api.Hosting;

/// <summary>The ports that one Kestrel serves: HTTP for every role (health and metrics), MQTT for the ingest role.</summary>
static class Listeners
{
    public static void AddListeners(this WebApplicationBuilder builder, AppConfig config) =>
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Enough for any fact or login; the readings endpoints state a limit of their own.
            kestrel.Limits.MaxRequestBodySize = 256 * 1024;
            kestrel.Listen(IPAddress.Parse(config.Http.Bind), config.Http.Port);
            var mqtt = config.Ingest.Mqtt;
            if (config.Roles.HasFlag(Roles.Ingest) && mqtt.Enabled) kestrel.ListenForGateways(mqtt);
        }).UseKestrelHttpsConfiguration();

    public static void AddConsoleLog(this WebApplicationBuilder builder)
    {
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fffK ";
        });
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Quartz", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
    }
}
