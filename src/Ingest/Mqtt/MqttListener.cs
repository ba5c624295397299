using Microsoft.AspNetCore.Connections;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>The MQTT port: one call per connection of a gateway, ending when the connection does.</summary>
public sealed class MqttListener : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        connection.Abort();
        return Task.CompletedTask;
    }
}
