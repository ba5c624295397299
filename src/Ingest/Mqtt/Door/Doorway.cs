using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>
/// What every connection passes before a byte of it is read, a TLS handshake included: it gets a place, and the network
/// is asked to find out should its peer vanish.
/// </summary>
sealed class Doorway(ConnectionPlaces places, MqttOptions options, MqttMetrics metrics)
{
    const int ProbesUntilGone = 4;
    static readonly TimeSpan BetweenProbes = TimeSpan.FromSeconds(15);

    readonly MqttFlow _flow = metrics.FlowOf("listener");

    public void Guard(IConnectionBuilder port) => port.Use(next => connection => PassAsync(connection, next));

    async Task PassAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        AskWhetherThere(connection);
        var group = PeerAddress.GroupOf(PeerAddress.TextOf(connection.RemoteEndPoint));
        var place = places.Enter(
            group, () => connection.Abort(new ConnectionAbortedException("its place went to a newer connection")));
        connection.Features.Set(place);
        // Kestrel lets every connection finish before it stops, and a TLS handshake that does not go on never does.
        var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        using var onStop = (lifetime?.ConnectionClosedRequested ?? CancellationToken.None).Register(() =>
        {
            if (places.IsStranger(place))
                connection.Abort(new ConnectionAbortedException("the service is stopping, and it never said who it is"));
        });
        try
        {
            await next(connection);
        }
        finally
        {
            places.Leave(place);
            if (place.IsDisplaced) _flow.RefusedLogin("displaced");
        }
    }

    // A 3.1.1 client may ask for no keep-alive: when its power is cut, nobody else would ever notice.
    void AskWhetherThere(ConnectionContext connection)
    {
        if (options.TcpKeepAlive == TimeSpan.Zero) return;
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket) return;
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(
                SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)options.TcpKeepAlive.TotalSeconds);
            socket.SetSocketOption(
                SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, (int)BetweenProbes.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, ProbesUntilGone);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is gone already; whoever reads from it will see.
            connection.Abort(new ConnectionAbortedException("gone before it was served", exception));
        }
    }
}
