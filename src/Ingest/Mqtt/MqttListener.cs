using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>What every connection of the listener works with.</summary>
sealed record ListenerParts
{
    public required MqttOptions Options { get; init; }
    public required GatewayLogins Logins { get; init; }
    public required GatewaySessions Sessions { get; init; }
    public required MessageExchange Exchange { get; init; }

    /// <summary>Null where somebody else than <see cref="MqttPorts"/> maps the port.</summary>
    public ConnectionPlaces? Places { get; init; }

    /// <summary>Null for one of its own.</summary>
    public StrangerLog? Strangers { get; init; }
    public required MqttIntake Intake { get; init; }

    /// <summary>Where readings go.</summary>
    public required IReadingSink Sink { get; init; }
    public required MqttFlow Flow { get; init; }
    public required TimeProvider Clock { get; init; }
    public required ILogger Log { get; init; }

    /// <summary>The dialects that gateways may speak.</summary>
    public DialectCatalog Dialects { get; init; } = DialectCatalog.Empty;

    /// <summary>What gateways may use besides their own topics.</summary>
    public IReadOnlyList<TopicRule> Rules { get; init; } = [];

    public Instant Now => Clock.Now();
}

/// <summary>The MQTT port: one call per connection of a gateway, ending when the connection does.</summary>
public sealed class MqttListener : ConnectionHandler
{
    readonly ListenerParts _parts;
    readonly StrangerLog _strangers;

    internal MqttListener(ListenerParts parts) =>
        (_parts, _strangers) = (parts, parts.Strangers ?? new StrangerLog(parts.Log, parts.Clock));

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var address = PeerAddress.TextOf(connection.RemoteEndPoint);
        var gateway = new GatewayConnection(connection, address, _parts, _strangers);
        try
        {
            await gateway.RunAsync();
        }
        catch (Exception exception)
        {
            // The loop that owns the connection: a defect ends this one, is shown, and harms no other.
            _parts.Log.ConnectionFault(exception, address);
            _parts.Flow.Ended(EndCause.Fault);
            gateway.End(EndCause.Fault, ReasonCode.UnspecifiedError, exception.Message);
        }
        finally
        {
            gateway.Release();
        }
    }
}
