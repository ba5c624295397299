using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>Our certificate and the broker's, at a mosquitto that asks for one.</summary>
[Trait("needs", "peer")]
public sealed class BrokerTlsTests : IDisposable
{
    readonly TempFolder _folder = new();
    readonly TestCertificates _authority = new("county");
    readonly Mosquitto _mosquitto = new();

    [Theory, InlineData("pem"), InlineData("pem-with-key"), InlineData("encrypted"), InlineData("pfx")]
    public async Task Broker_that_asks_for_a_certificate_lets_us_in_with_ours(string form)
    {
        await StartAsync();
        await using var source = new SourceUnderTest(With(form), TimeProvider.System).Start();
        await source.IsConnectedAsync();
        await _mosquitto.PublishAsync(
            MqttPeer.Reading(1), "--cafile", _mosquitto.CaFile, "--cert", _folder.File("own.pem"), "--key", _folder.File("own.key"));
        await Eventually.HoldsAsync(() => source.Sink.Readings.Count == 1, "the message is stored");
    }

    [Fact]
    public async Task Without_it_or_with_one_of_a_stranger_it_does_not()
    {
        await StartAsync();
        await using (var none = new SourceUnderTest(Options(), TimeProvider.System).Start())
        {
            await none.ShowsAsync("Not connected since");
            Assert.False(none.IsConnected);
        }
        using var strangers = new TestCertificates("stranger");
        using var other = strangers.Sign("energywatch");
        await File.WriteAllTextAsync(_folder.File("other.pem"), TestCertificates.Pem(other));
        await using var stranger = new SourceUnderTest(
            Options() with { Certificate = _folder.File("other.pem") }, TimeProvider.System).Start();
        await stranger.ShowsAsync("Not connected since");
        Assert.False(stranger.IsConnected);
    }

    [Fact]
    public async Task Name_in_the_broker_s_certificate_has_to_be_the_one_that_is_expected()
    {
        await StartAsync();
        await using (var wrong = new SourceUnderTest(With("pfx") with { ServerName = "another.example" }, TimeProvider.System).Start())
            await wrong.ShowsAsync("RemoteCertificateNameMismatch");
        // By its address it would not be found under this name, and so it is.
        await using var right = new SourceUnderTest(
            With("pfx") with { Host = "localhost", ServerName = "127.0.0.1" }, TimeProvider.System).Start();
        await right.IsConnectedAsync();
    }

    [Fact]
    public async Task Certificate_that_is_renewed_is_shown_on_the_next_connection()
    {
        await StartAsync();
        using var strangers = new TestCertificates("stranger");
        using var bad = strangers.Sign("energywatch");
        using var good = _authority.Sign("energywatch");
        await File.WriteAllTextAsync(_folder.File("now.pem"), TestCertificates.Pem(bad));
        await using var source = new SourceUnderTest(
            Options() with { Certificate = _folder.File("now.pem") }, TimeProvider.System).Start();
        await source.ShowsAsync("Not connected since");
        await File.WriteAllTextAsync(_folder.File("now.pem"), TestCertificates.Pem(good));
        await source.IsConnectedAsync();
    }

    [Fact]
    public async Task Messages_that_were_held_back_over_tls_go_on_whole_when_there_is_room()
    {
        await StartAsync();
        var options = With("pfx") with { ReceiveMaximum = 3, Mqtt5 = false };
        await using var source = new SourceUnderTest(options, TimeProvider.System).Start();
        await source.IsConnectedAsync();
        for (var round = 0; round < 5; round++)
        {
            source.Sink.CloseDoor();
            using var publisher = Mosquitto.StartPublisher(
                _mosquitto.Port, "-l", "--cafile", _mosquitto.CaFile, "--cert", _folder.File("own.pem"), "--key", _folder.File("own.key"));
            for (var i = 1; i <= 100; i++) await publisher.StandardInput.WriteLineAsync(MqttPeer.Reading(round * 100 + i));
            publisher.StandardInput.Close();
            await publisher.WaitForExitAsync(Eventually.Soon());
            await Eventually.HoldsAsync(() => source.IsHeldBack, "the window is full");
            source.Sink.OpenDoor();
            var all = (round + 1) * 100;
            await Eventually.HoldsAsync(() => source.Sink.Readings.Count == all, $"{all} messages are stored");
        }
        Assert.Equal(Enumerable.Range(1, 500), source.Sink.Readings.Select(reading => (int)reading.Value));
        Assert.DoesNotContain(source.Log.Lines, line => line.Message.Contains("is lost", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _mosquitto.Dispose();
        _authority.Dispose();
        _folder.Dispose();
    }

    async Task StartAsync()
    {
        using var own = _authority.Sign("energywatch");
        var key = own.GetRSAPrivateKey()!;
        var settings = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        await File.WriteAllTextAsync(_folder.File("authority.pem"), _authority.AuthorityPem);
        await File.WriteAllTextAsync(_folder.File("own.pem"), own.ExportCertificatePem());
        await File.WriteAllTextAsync(_folder.File("both.pem"), TestCertificates.Pem(own));
        await File.WriteAllTextAsync(_folder.File("own.key"), key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(_folder.File("locked.key"), key.ExportEncryptedPkcs8PrivateKeyPem("secret", settings));
        await File.WriteAllBytesAsync(_folder.File("own.pfx"), own.Export(X509ContentType.Pfx, "secret"));
        await _mosquitto.StartAsync(tls: true, $"cafile {_folder.File("authority.pem")}", "require_certificate true");
    }

    BrokerOptions Options() => new()
    {
        Name = "site", Host = "127.0.0.1", Port = _mosquitto.Port, ClientId = "energywatch-test", Tls = true,
        CaFile = _mosquitto.CaFile, FirstRetry = TimeSpan.FromMilliseconds(100), LongestRetry = TimeSpan.FromMilliseconds(200),
    };

    BrokerOptions With(string form) => form switch
    {
        "pem" => Options() with { Certificate = _folder.File("own.pem"), Key = _folder.File("own.key") },
        "pem-with-key" => Options() with { Certificate = _folder.File("both.pem") },
        "encrypted" => Options() with
        {
            Certificate = _folder.File("own.pem"), Key = _folder.File("locked.key"), CertificatePassword = "secret",
        },
        _ => Options() with { Certificate = _folder.File("own.pfx"), CertificatePassword = "secret" },
    };
}
