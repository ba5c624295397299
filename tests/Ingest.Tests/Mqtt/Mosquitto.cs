using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>A real mosquitto on a loopback port, keeping its sessions on disk after every change.</summary>
sealed class Mosquitto : IDisposable
{
    readonly TempFolder _folder = new();
    Process? _process;

    public Mosquitto()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        Port = ((IPEndPoint)free.LocalEndpoint).Port;
    }

    public int Port { get; }

    /// <summary>The certificate it shows and that a client has to trust; only with <see cref="StartAsync"/> over TLS.</summary>
    public string CaFile => _folder.File("ca.pem");

    /// <summary>When it last wrote its sessions and their messages to disk.</summary>
    public DateTime SavedAt => File.GetLastWriteTimeUtc(_folder.File("mosquitto.db"));

    public async Task StartAsync(bool tls = false, params string[] settings)
    {
        if (tls) await WriteCertificateAsync();
        await File.WriteAllTextAsync(_folder.File("mosquitto.conf"),
            $"""
            listener {Port} 127.0.0.1
            allow_anonymous true
            user root
            persistence true
            persistence_location {_folder.Path}/
            autosave_on_changes true
            autosave_interval 1
            {(tls ? $"certfile {CaFile}" : "")}
            {(tls ? $"keyfile {_folder.File("key.pem")}" : "")}
            {string.Join('\n', settings)}
            """);
        _process = Start("/usr/sbin/mosquitto", "-c", _folder.File("mosquitto.conf"));
        await Eventually.HoldsAsync(() => IsListening(Port), "mosquitto listens");
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(Eventually.Soon());
        _process.Dispose();
        _process = null;
    }

    public Task PublishAsync(string payload, params string[] more) => PublishAsync(Port, payload, more);

    /// <summary>mosquitto_pub at QoS 1; fails the test where it does not exit with the code.</summary>
    public static async Task PublishAsync(int port, string payload, string[] more, int exitCode = 0)
    {
        using var process = StartPublisher(port, ["-m", payload, .. more]);
        await process.WaitForExitAsync(Eventually.Soon());
        var said = await process.StandardError.ReadToEndAsync(Eventually.Soon());
        Assert.True(process.ExitCode == exitCode, $"mosquitto_pub ended with {process.ExitCode}: {said}");
    }

    public static Process StartPublisher(int port, params string[] more) =>
        Start(
            "/usr/bin/mosquitto_pub",
            ["-h", "127.0.0.1", "-p", $"{port}", "-q", "1", "-t", "energywatch/v1/GW-01/readings", .. more]);

    public static Process StartSubscriber(int port, string[] more) =>
        Start("/usr/bin/mosquitto_sub", ["-h", "127.0.0.1", "-p", $"{port}", .. more]);

    public void Dispose()
    {
        if (_process is not null)
        {
            _process.Kill();
            _process.WaitForExit(TimeSpan.FromSeconds(10));
            _process.Dispose();
        }
        _folder.Dispose();
    }

    async Task WriteCertificateAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(CaFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(_folder.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    static bool IsListening(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    static Process Start(string file, params string[] arguments) =>
        Process.Start(
            new ProcessStartInfo(file, arguments) 
        {
            RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true,
        })!;
}
