using System.Net;
using EnergyWatch.Ingest.Mqtt.Door;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>The ports of the MQTT listener.</summary>
public static class MqttPorts
{
    /// <summary>Has Kestrel listen for gateways: without TLS, over TLS, or both.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The certificate cannot be used.</exception>
    public static void ListenForGateways(this KestrelServerOptions kestrel, MqttOptions options)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        ArgumentNullException.ThrowIfNull(options);
        var doorway = kestrel.ApplicationServices.GetRequiredService<Doorway>();
        if (options.PlainEnabled)
            kestrel.Listen(new GatewayEndPoint(IPAddress.Parse(options.Bind), options.Port), port =>
            {
                doorway.Guard(port);
                port.UseConnectionHandler<MqttListener>();
            });
        if (options.Tls is not { } tls) return;
        var certificate = kestrel.ApplicationServices.GetRequiredService<ListenerCertificate>();
        kestrel.Listen(new GatewayEndPoint(IPAddress.Parse(tls.Bind ?? options.Bind), tls.Port), port =>
        {
            doorway.Guard(port);
            port.Protocols = HttpProtocols.None;
            port.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = client => ValueTask.FromResult(certificate.ForHandshake(client.Connection)),
                HandshakeTimeout = options.ConnectTimeout,
            });
            port.UseConnectionHandler<MqttListener>();
        });
    }
}
