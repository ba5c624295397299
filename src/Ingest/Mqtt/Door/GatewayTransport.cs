using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>An address and port where gateways deliver; <see cref="GatewayTransport"/> serves it.</summary>
sealed class GatewayEndPoint(IPAddress address, int port) : IPEndPoint(address, port);

/// <summary>
/// The sockets of the gateways' ports. They are read ahead by less than those of HTTP, for that is what a stranger can
/// make us hold while its login is judged. A larger packet still gets through: what was looked at makes room.
/// </summary>
sealed class GatewayTransport(ILoggerFactory logs, IOptionsFactory<SocketTransportOptions> options)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Bytes of one connection that are read before anybody has looked at them.</summary>
    public const int ReadAhead = 64 * 1024;

    /// <summary>Connections that the kernel may hold for us until we take them, where it allows so many.</summary>
    const int Backlog = 4096;

    readonly SocketTransportFactory _sockets = new(Options.Create(Less(options.Create(Options.DefaultName))), logs);

    // From the host's own options, not from new ones: those know the pool of pinned blocks, and without it every read and
    // every write allocates.
    static SocketTransportOptions Less(SocketTransportOptions options)
    {
        (options.MaxReadBufferSize, options.Backlog) = (ReadAhead, Backlog);
        return options;
    }

    public bool CanBind(EndPoint endpoint) => endpoint is GatewayEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        _sockets.BindAsync(endpoint, cancellationToken);
}
