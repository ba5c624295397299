using System.Diagnostics;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>A gateway on mqtt.js (node), which <c>test.sh</c> installs, at our listener.</summary>
[Trait("needs", "peer")]
public sealed class MqttJsTests
{
    const string Own = "energywatch/v1/GW-01/";

    [Theory, InlineData(4, false), InlineData(5, false), InlineData(4, true), InlineData(5, true)]
    public async Task Gateway_delivers_takes_a_command_replies_and_its_will_is_said(int level, bool tls)
    {
        using var folder = new TempFolder();
        using var certificates = new TestCertificates();
        using var own = certificates.Sign("localhost");
        await File.WriteAllTextAsync(folder.File("own.pem"), TestCertificates.Pem(own));
        await File.WriteAllTextAsync(folder.File("ca.pem"), certificates.AuthorityPem);
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { Tls = new MqttTlsOptions { Port = 0, Certificate = folder.File("own.pem") } });
        using var officer = await MqttPeer.ConnectAsync(listener.Port, clientId: "officer");
        await officer.SendAsync(output => new SubscribePacket(
            9, [new Subscription(Own + "reply", 2, 2), new Subscription(Own + "state", 1, 1)], MqttProperties.None)
            .Write(output, MqttVersion.V311));
        Assert.Equal("SUBACK id=9 0201", await officer.HearAsync());
        var url = tls ? $"mqtts://localhost:{listener.TlsPort}" : $"mqtt://127.0.0.1:{listener.Port}";
        string[] trust = tls ? [folder.File("ca.pem")] : [];
        using var gateway = Process.Start(new ProcessStartInfo("node",
            [Repository.PathOf("tests", "Ingest.Tests", "Mqtt", "Peers", "mqtt_gateway.js"), url, $"{level}",
                ListenerUnderTest.Secret, .. trust]) { RedirectStandardOutput = true })!;
        Assert.Equal(["connected false", "granted 2", "delivered"], await HearAsync(gateway, 3));
        await Eventually.HoldsAsync(() => listener.Sink.Readings.Count == 30, "all readings are stored");
        Assert.Equal(Enumerable.Range(1, 30), listener.Sink.Readings.Select(reading => (int)reading.Value));
        await officer.SendAsync(officer.Publish(1, "restart", Own + "commands", qos: 2));
        Assert.Equal("PUBREC id=1 code=0", await officer.HearAsync());
        Assert.Equal(["command restart 2", "replied"], await HearAsync(gateway, 2));
        Assert.Equal($"PUBLISH {Own}reply qos=2 id=1 646f6e65", await officer.HearAsync());
        Assert.Equal($"PUBLISH {Own}state qos=1 id=2 6c6f7374", await officer.HearAsync());
        await gateway.WaitForExitAsync(Eventually.Soon());
    }

    static async Task<IReadOnlyList<string?>> HearAsync(Process process, int lines)
    {
        var heard = new List<string?>();
        while (heard.Count < lines) heard.Add(await process.StandardOutput.ReadLineAsync(Eventually.Soon()));
        return heard;
    }
}
