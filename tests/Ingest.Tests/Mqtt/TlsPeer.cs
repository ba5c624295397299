using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>A client of the TLS port.</summary>
static class TlsPeer
{
    /// <param name="between">Certificates between the client's and its authority, which it sends along.</param>
    public static async Task<SslStream> OpenAsync(
        TestCertificates trusted, int port, X509Certificate2? client = null, X509Certificate2? between = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, Eventually.Soon());
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            // Offline: this side must not fetch what the other side is watched for.
            ClientCertificateContext = client is null
                ? null
                : SslStreamCertificateContext.Create(client, between is null ? null : [between], offline: true),
            CertificateChainPolicy = trusted.TrustOnly(),
        }, Eventually.Soon());
        return stream;
    }

    /// <summary>
    /// True where anything is said to its CONNECT. With TLS 1.3 a client learns with its first read only that it was not
    /// let in.
    /// </summary>
    public static async Task<bool> GetsInAsync(
        TestCertificates trusted, int port, X509Certificate2? client, X509Certificate2? between = null)
    {
        try
        {
            await using var stream = await OpenAsync(trusted, port, client, between);
            return await SayAsync(stream, MqttPeer.Connect(), 4) != "";
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return false;
        }
    }

    /// <summary>So many bytes of what is answered, or less where the connection ends.</summary>
    public static async Task<string> SayAsync(SslStream stream, Action<IBufferWriter<byte>> packet, int answer)
    {
        var bytes = new ArrayBufferWriter<byte>();
        packet(bytes);
        await stream.WriteAsync(bytes.WrittenMemory, Eventually.Soon());
        return await HearAsync(stream, answer);
    }

    public static async Task<string> HearAsync(SslStream stream, int answer)
    {
        var heard = new byte[answer];
        var count = await stream.ReadAtLeastAsync(heard, answer, throwOnEndOfStream: false, Eventually.Soon());
        return Convert.ToHexStringLower(heard.AsSpan(0, count));
    }
}
