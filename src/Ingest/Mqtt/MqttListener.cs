using System.Net;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;
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
    public required MqttIntake Intake { get; init; }

    /// <summary>Where readings go.</summary>
    public required Func<Delivery, CancellationToken, ValueTask<Task<IngestReceipt>>> Put { get; init; }
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

    internal MqttListener(ListenerParts parts) => _parts = parts;

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var address = AddressOf(connection.RemoteEndPoint as IPEndPoint);
        if (!_parts.Sessions.TryEnter(address))
        {
            _parts.Flow.RefusedLogin("too_many_connections");
            _parts.Log.TooManyConnections(address);
            connection.Abort();
            return;
        }
        var gateway = new GatewayConnection(connection, address, _parts);
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
            try
            {
                gateway.Release();
            }
            finally
            {
                _parts.Sessions.Leave(address);
            }
        }
    }

    // One address has one name, whichever way the socket writes it.
    static string AddressOf(IPEndPoint? peer)
    {
        if (peer is null) return "?";
        return (peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address).ToString();
    }
}
