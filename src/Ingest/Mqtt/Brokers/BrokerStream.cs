using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>Opens the byte stream to a broker: TCP, or TLS over it.</summary>
static class BrokerStream
{
    public static async Task<Stream> OpenAsync(BrokerOptions broker, CancellationToken stop)
    {
        // SO_RCVBUF is left alone: a fixed one switches the kernel's auto-tuning off and starves a busy subscription.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(broker.Host, broker.EffectivePort, stop);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return broker.Tls ? await SecureAsync(stream, broker, stop) : stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    static async Task<Stream> SecureAsync(NetworkStream stream, BrokerOptions broker, CancellationToken stop)
    {
        var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = broker.ServerName ?? broker.Host,
                CertificateChainPolicy = broker.CaFile is { } file ? TrustOnly(file) : null,
                ClientCertificateContext = BrokerCertificate.Load(broker),
            }, stop);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    // A certificate names places to fetch others from: a stranger's must not send us anywhere.
    static X509ChainPolicy TrustOnly(string file)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy;
    }
}
