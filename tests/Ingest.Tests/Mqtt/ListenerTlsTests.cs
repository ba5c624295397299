using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class ListenerTlsTests : IDisposable
{
    readonly TempFolder _folder = new();
    readonly TestCertificates _certificates = new();

    [Theory, InlineData(true), InlineData(false)]
    public async Task Gateway_delivers_over_tls_from_a_pem_or_a_pfx_file(bool pem)
    {
        using var own = _certificates.Sign("listener");
        var file = _folder.File("own");
        if (pem) await File.WriteAllTextAsync(file, TestCertificates.Pem(own));
        else await File.WriteAllBytesAsync(file, own.Export(X509ContentType.Pfx, "pw"));
        var tls = new MqttTlsOptions { Port = 0, Certificate = file, Password = pem ? null : "pw" };
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { Tls = tls });
        await using var stream = await OpenAsync(listener.TlsPort);
        Assert.Equal("CN=listener", Shown(stream));
        Assert.Equal("20020000", await SayAsync(stream, MqttPeer.Connect(), 4));
        var reading = System.Text.Encoding.UTF8.GetBytes(MqttPeer.Reading(3));
        Assert.Equal("40020007", await SayAsync(
            stream, output => new PublishPacket("energywatch/v1/GW-01/readings"u8.ToArray(), reading, 1, 7)
                .Write(output, MqttVersion.V311), 4));
        Assert.Equal(3, Assert.Single(listener.Sink.Readings).Value);
    }

    [Fact]
    public async Task Client_certificate_of_the_sites_authority_is_required_and_may_stand_for_the_secret()
    {
        await using var listener = await StartAsync(ClientCertificates.Required, isLogin: true);
        using var good = _certificates.Sign("GW-01");
        using var others = new TestCertificates();
        using var foreign = others.Sign("GW-01");
        await using (var stream = await OpenAsync(listener.TlsPort, good))
            Assert.Equal("20020000", await SayAsync(stream, MqttPeer.Connect(user: null, secret: null), 4));
        Assert.False(await GetsInAsync(listener.TlsPort, foreign));
        Assert.False(await GetsInAsync(listener.TlsPort, null));
        using var somebody = _certificates.Sign("somebody");
        await using (var stream = await OpenAsync(listener.TlsPort, somebody))
            Assert.Equal("20020005", await SayAsync(stream, MqttPeer.Connect(user: null, secret: null), 4));
        await using (var stream = await OpenAsync(listener.TlsPort, somebody))
            Assert.Equal("20020005", await SayAsync(stream, MqttPeer.Connect(user: "GW-01", secret: null), 4));
    }

    [Fact]
    public async Task Certificate_of_a_server_is_no_login()
    {
        await using var listener = await StartAsync(ClientCertificates.Required, isLogin: true);
        using var server = _certificates.Sign("GW-01", Use("1.3.6.1.5.5.7.3.1"));
        Assert.False(await GetsInAsync(listener.TlsPort, server));
        using var client = _certificates.Sign("GW-01", Use("1.3.6.1.5.5.7.3.2"));
        Assert.True(await GetsInAsync(listener.TlsPort, client));
    }

    // Authority information access: where the certificate of its issuer is said to be.
    [Fact]
    public async Task Strangers_certificate_has_nothing_fetched()
    {
        await using var listener = await StartAsync(ClientCertificates.Required, isLogin: true);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var others = new TestCertificates("another authority");
        var address = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/ca.crt";
        using var foreign = others.Sign("GW-01", new X509AuthorityInformationAccessExtension([], [address]));
        Assert.False(await GetsInAsync(listener.TlsPort, foreign));
        Assert.False(silent.Pending());
    }

    [Fact]
    public async Task Client_certificate_may_be_left_out_where_it_is_optional_and_is_no_login_unless_it_is_said()
    {
        await using var listener = await StartAsync(ClientCertificates.Optional, isLogin: false);
        using var good = _certificates.Sign("GW-01");
        await using (var stream = await OpenAsync(listener.TlsPort))
            Assert.Equal("20020000", await SayAsync(stream, MqttPeer.Connect(), 4));
        await using (var stream = await OpenAsync(listener.TlsPort, good))
            Assert.Equal("20020005", await SayAsync(stream, MqttPeer.Connect(user: null, secret: null), 4));
    }

    [Fact]
    public void Files_that_are_not_there_are_faults_of_the_configuration()
    {
        var tls = new MqttTlsOptions
        {
            Certificate = "nowhere.pem", ClientCertificates = ClientCertificates.Required, Port = 99_999,
        };
        Assert.Equal(
            ["Tls:Port", "Tls:Certificate", "Tls:ClientCa"],
            new MqttOptions { Tls = tls }.Faults().Select(fault => fault.Setting));
    }

    public void Dispose()
    {
        _certificates.Dispose();
        _folder.Dispose();
    }

    async Task<ListenerUnderTest> StartAsync(ClientCertificates wanted, bool isLogin)
    {
        using var own = _certificates.Sign("listener");
        await File.WriteAllTextAsync(_folder.File("own.pem"), TestCertificates.Pem(own));
        await File.WriteAllTextAsync(_folder.File("ca.pem"), _certificates.AuthorityPem);
        return await ListenerUnderTest.StartAsync(new MqttOptions
        {
            Tls = new MqttTlsOptions
            {
                Port = 0, Certificate = _folder.File("own.pem"), ClientCa = _folder.File("ca.pem"),
                ClientCertificates = wanted, CertificateIsLogin = isLogin,
            },
        });
    }

    static X509EnhancedKeyUsageExtension Use(string oid) =>
        new([new System.Security.Cryptography.Oid(oid)], critical: false);

    Task<SslStream> OpenAsync(int port, X509Certificate2? client = null) => TlsPeer.OpenAsync(_certificates, port, client);

    Task<bool> GetsInAsync(int port, X509Certificate2? client) => TlsPeer.GetsInAsync(_certificates, port, client);

    static Task<string> SayAsync(SslStream stream, Action<System.Buffers.IBufferWriter<byte>> packet, int answer) =>
        TlsPeer.SayAsync(stream, packet, answer);

    static string Shown(SslStream stream) => stream.RemoteCertificate!.Subject;
}
