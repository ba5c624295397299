using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Tests.Mqtt.Brokers;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>Real peers: mosquitto's client at our listener, and our client at mosquitto.</summary>
[Trait("needs", "peer")]
public sealed class MosquittoTests
{
    [Theory, InlineData("mqttv311"), InlineData("mqttv5")]
    public async Task Mosquitto_pub_delivers_to_the_listener(string version)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        await Mosquitto.PublishAsync(
            listener.Port, MqttPeer.Reading(12.5), ["-u", "GW-01", "-P", ListenerUnderTest.Secret, "-V", version]);
        Assert.Equal(12.5, Assert.Single(listener.Sink.Readings).Value);
    }

    [Theory, InlineData("mqttv311", 5), InlineData("mqttv5", 134)]
    public async Task Mosquitto_pub_with_a_wrong_secret_is_refused(string version, int exitCode)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        await Mosquitto.PublishAsync(listener.Port, "{}", ["-u", "GW-01", "-P", "wrong", "-V", version], exitCode);
        Assert.Empty(listener.Sink.Taken);
    }

    [Fact]
    public async Task Mosquitto_pub_delivers_many_lines_in_order()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var process = Mosquitto.StartPublisher(listener.Port, "-l", "-u", "GW-01", "-P", ListenerUnderTest.Secret);
        for (var i = 1; i <= 1000; i++) await process.StandardInput.WriteLineAsync(MqttPeer.Reading(i));
        process.StandardInput.Close();
        await process.WaitForExitAsync(Eventually.Soon());
        Assert.Equal(0, process.ExitCode);
        Assert.Equal([.. Enumerable.Range(1, 1000)], listener.Sink.Readings.Select(reading => (int)reading.Value));
    }

    [Theory]
    [InlineData("mqttv31", false), InlineData("mqttv311", false), InlineData("mqttv5", false)]
    [InlineData("mqttv311", true), InlineData("mqttv5", true)]
    public async Task Command_reaches_mosquitto_sub_and_its_reply_comes_back_at_qos_2(string version, bool tls)
    {
        using var folder = new TempFolder();
        using var certificates = new TestCertificates();
        using var own = certificates.Sign("listener");
        await File.WriteAllTextAsync(folder.File("own.pem"), TestCertificates.Pem(own));
        await File.WriteAllTextAsync(folder.File("ca.pem"), certificates.AuthorityPem);
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { Tls = new MqttTlsOptions { Port = 0, Certificate = folder.File("own.pem") } });
        var port = tls ? listener.TlsPort : listener.Port;
        string[] login = ["-u", "GW-01", "-P", ListenerUnderTest.Secret, "-V", version, .. Trust()];
        using var officer = await MqttPeer.ConnectAsync(listener.Port, clientId: "officer");
        await officer.SendAsync(output => new SubscribePacket(
            9, [new Subscription("energywatch/v1/GW-01/reply", 2, 2)], MqttProperties.None).Write(output, MqttVersion.V311));
        Assert.Equal("SUBACK id=9 02", await officer.HearAsync());
        using var gateway = Mosquitto.StartSubscriber(
            port, ["-t", "energywatch/v1/GW-01/commands", "-q", "2", "-i", "device", "-C", "1", "-W", "10", .. login]);
        await Eventually.HoldsAsync(
            () => listener.Services.GetRequiredService<MessageExchange>().HasSubscriber("energywatch/v1/GW-01/commands"u8),
            "it subscribed");
        await officer.SendAsync(officer.Publish(1, "restart", "energywatch/v1/GW-01/commands"));
        Assert.Equal("PUBACK id=1 code=0", await officer.HearAsync());
        Assert.Equal("restart", await gateway.StandardOutput.ReadLineAsync(Eventually.Soon()));
        await gateway.WaitForExitAsync(Eventually.Soon());
        await Mosquitto.PublishAsync(port, "done", ["-t", "energywatch/v1/GW-01/reply", "-q", "2", .. login]);
        Assert.Equal("PUBLISH energywatch/v1/GW-01/reply qos=2 id=1 646f6e65", await officer.HearAsync());

        string[] Trust() => tls ? ["--cafile", folder.File("ca.pem")] : [];
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task What_mosquitto_took_while_we_were_away_arrives(bool five)
    {
        using var mosquitto = new Mosquitto();
        await mosquitto.StartAsync();
        await using (var first = new SourceUnderTest(Options(mosquitto, five), TimeProvider.System).Start())
        {
            await Eventually.HoldsAsync(() => first.IsConnected, "connected");
            await mosquitto.PublishAsync(MqttPeer.Reading(1));
            await Eventually.HoldsAsync(() => first.Sink.Readings.Count == 1, "the first is stored");
        }
        for (var i = 2; i <= 20; i++) await mosquitto.PublishAsync(MqttPeer.Reading(i));
        await using var again = new SourceUnderTest(Options(mosquitto, five), TimeProvider.System).Start();
        await Eventually.HoldsAsync(() => again.IsConnected
            && again.Sink.Readings.Count == 19, "what came while we were away is stored");
        Assert.Equal([.. Enumerable.Range(2, 19)], again.Sink.Readings.Select(reading => (int)reading.Value));
        Assert.Contains(
            again.Log.Lines, line => line.Message.Contains("session present: True", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_not_stored_comes_again()
    {
        using var mosquitto = new Mosquitto();
        await mosquitto.StartAsync();
        await using (var first = new SourceUnderTest(Options(mosquitto, false), TimeProvider.System).Start())
        {
            await Eventually.HoldsAsync(() => first.IsConnected, "connected");
            first.Sink.Fault = _ => new EnergyWatch.Ingest.Pipeline.NotStoredException("the disk is full");
            await mosquitto.PublishAsync(MqttPeer.Reading(1));
            await Eventually.HoldsAsync(() => first.Sink.Taken.Count >= 2, "it is offered again");
            first.Sink.Fault = null;
            var before = first.Sink.Taken.Count;
            await Eventually.HoldsAsync(() => first.Sink.Taken.Count > before, "and again, and is stored");
        }
    }

    [Fact]
    public async Task Killed_broker_is_found_again_and_messages_go_on()
    {
        using var mosquitto = new Mosquitto();
        await mosquitto.StartAsync();
        await using var source = new SourceUnderTest(Options(mosquitto, false), TimeProvider.System).Start();
        for (var round = 1; round <= 3; round++)
        {
            await Eventually.HoldsAsync(() => source.IsConnected, "connected");
            await mosquitto.PublishAsync(MqttPeer.Reading(round));
            await Eventually.HoldsAsync(
                () => source.Sink.Readings.Any(reading => (int)reading.Value == round), $"message {round} is stored");
            await mosquitto.KillAsync();
            await Eventually.HoldsAsync(() => !source.IsConnected, "the loss was seen");
            await mosquitto.StartAsync();
        }
        await Eventually.HoldsAsync(() => source.IsConnected, "connected");
        await mosquitto.PublishAsync(MqttPeer.Reading(99));
        await Eventually.HoldsAsync(
            () => source.Sink.Readings.Any(reading => (int)reading.Value == 99), "the last one is stored");
    }

    [Fact]
    public async Task Broker_over_tls_is_trusted_by_its_authority_only()
    {
        using var mosquitto = new Mosquitto();
        await mosquitto.StartAsync(tls: true);
        var options = Options(mosquitto, false) with { Tls = true, CaFile = mosquitto.CaFile };
        await using (var trusting = new SourceUnderTest(options, TimeProvider.System).Start())
        {
            await Eventually.HoldsAsync(() => trusting.IsConnected, "connected");
            await mosquitto.PublishAsync(MqttPeer.Reading(1), "--cafile", mosquitto.CaFile);
            await Eventually.HoldsAsync(() => trusting.Sink.Readings.Count == 1, "the message is stored");
        }
        await using var wary = new SourceUnderTest(options with { CaFile = null }, TimeProvider.System).Start();
        await Eventually.HoldsAsync(
            () => wary.Log.Lines.Any(line => line.Message.Contains("certificate", StringComparison.Ordinal)),
            "the certificate is refused");
        Assert.False(wary.IsConnected);
    }

    static BrokerOptions Options(Mosquitto mosquitto, bool five) => new()
    {
        Name = "site", Host = "127.0.0.1", Port = mosquitto.Port, ClientId = "energywatch-test", Mqtt5 = five,
        FirstRetry = TimeSpan.FromMilliseconds(100), LongestRetry = TimeSpan.FromMilliseconds(500),
    };
}
