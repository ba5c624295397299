using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>Which options are refused, and in which words.</summary>
public sealed class BrokerChecksTests
{
    static readonly BrokerOptions Good = new() { Name = "site", Host = "broker", ClientId = "energywatch" };

    public static TheoryData<BrokerOptions, string> Faulty => new()
    {
        { Good with { Name = " " }, "Name = \" \": a name" },
        { Good with { Host = "" }, "Host = \"\": a host name or address" },
        { Good with { ClientId = "" }, "ClientId = \"\": a client id of our own, the same at every start" },
        { Good with { ClientId = "a\u0001" }, "ClientId = \"a\u0001\": a client id of our own, the same at every start" },
        { Good with { Password = "secret" }, "Password = \"***\": only beside a Username" },
        { Good with { Topics = ["a/#/b"] }, "Topics = \"a/#/b\": a topic filter; to share it, set ShareGroup or Workers" },
        { Good with { Topics = ["$share/g/a"] }, "Topics = \"$share/g/a\": a topic filter; to share it, set ShareGroup or Workers" },
        { Good with { ShareGroup = "a/b" }, "ShareGroup = \"a/b\": a name without /, + and #" },
        { Good with { DropCounter = "a#" }, "DropCounter = \"a#\": a topic filter" },
        { Good with { Port = 70000 }, "Port = \"70000\": a whole number from 1 to 65535" },
        { Good with { Workers = 0 }, "Workers = \"0\": a whole number from 1 to 64" },
        { Good with { ReceiveMaximum = 65536 }, "ReceiveMaximum = \"65536\": a whole number from 1 to 65535" },
        { Good with { MaxPacketBytes = 10 }, "MaxPacketBytes = \"10\": a whole number from 1024 to 268435455" },
        { Good with { InFlightBytes = 10 }, "InFlightBytes = \"10\": a whole number from 1024 to 2147483647" },
        { Good with { TopicAliasMaximum = -1 }, "TopicAliasMaximum = \"-1\": a whole number from 0 to 65535" },
        { Good with { KeepAlive = TimeSpan.Zero }, "KeepAlive = \"00:00:00\": a time from 00:00:02 to 18:00:00" },
        { Good with { ConnectTimeout = TimeSpan.Zero }, "ConnectTimeout = \"00:00:00\": a time from 00:00:01 to 00:10:00" },
        { Good with { SessionExpiry = TimeSpan.Zero }, "SessionExpiry = \"00:00:00\": a time from 00:01:00 to 40.00:00:00" },
        { Good with { FirstRetry = TimeSpan.Zero }, "FirstRetry = \"00:00:00\": a time from 00:00:00.0100000 to 1.00:00:00" },
        { Good with { LongestRetry = TimeSpan.FromMilliseconds(20) }, "LongestRetry = \"00:00:00.0200000\": a time from 00:00:01 to 1.00:00:00" },
        { Good with { SilenceLimit = TimeSpan.FromSeconds(1) }, "SilenceLimit = \"00:00:01\": 0 for never, or a time from 00:00:30 to 40.00:00:00" },
        {
            Good with { Sparkplug = new SparkplugOptions { HostId = "a/b" } },
            "Sparkplug:HostId = \"a/b\": a name of 1 to 128 characters without '/', '+', '#' and control characters"
        },
        {
            Good with { Sparkplug = new SparkplugOptions { MetricsFile = "none.yaml" } },
            "Sparkplug:MetricsFile = \"none.yaml\": a file that is there, in the form of sparkplug/metrics.yaml"
        },
        {
            Good with { Sparkplug = new SparkplugOptions { RebirthPause = TimeSpan.Zero } },
            "Sparkplug:RebirthPause = \"00:00:00\": from 00:00:01 to 01:00:00"
        },
        { Good with { CaFile = "ca.pem" }, "CaFile = \"ca.pem\": only with Tls" },
        { Good with { ServerName = "broker" }, "ServerName = \"broker\": only with Tls" },
        { Good with { Certificate = "own.pfx" }, "Certificate = \"own.pfx\": only with Tls" },
        { Good with { Tls = true, Key = "own.key" }, "Key = \"own.key\": only beside a Certificate" },
    };

    [Theory, MemberData(nameof(Faulty))]
    public void Option_that_cannot_be_is_refused_with_what_is_allowed(BrokerOptions broker, string said) =>
        Assert.Equal(said, Assert.Single(broker.Faults().Select(Said)));

    [Fact]
    public void Defaults_are_good() => Assert.Empty(Good.Faults());

    [Fact]
    public void Files_that_are_not_there_or_hold_no_certificate_are_refused_with_the_reason()
    {
        using var folder = new TempFolder();
        var rubbish = folder.File("rubbish.pem");
        File.WriteAllText(rubbish, "rubbish");
        var faults = (Good with { Tls = true, CaFile = folder.File("none.pem"), Certificate = rubbish }).Faults().Select(Said).ToList();
        Assert.Equal(2, faults.Count);
        Assert.StartsWith($"CaFile = \"{folder.File("none.pem")}\": a PEM file of certificates that can be read; ", faults[0], StringComparison.Ordinal);
        Assert.StartsWith($"Certificate = \"{rubbish}\": a certificate with its key, PEM or PFX; ", faults[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Two_hosts_at_one_broker_with_one_host_id_are_refused()
    {
        var first = Good with { Sparkplug = new SparkplugOptions() };
        var second = first with { Name = "other", ClientId = "other" };
        var clash = Assert.Single(BrokerChecks.Clashes([first, second]));
        Assert.Equal((1, "Sparkplug:HostId", "energywatch"), (clash.Place, clash.Setting, clash.Value));
        Assert.Empty(BrokerChecks.Clashes([first, second with { Host = "elsewhere" }]));
    }

    [Fact]
    public void Two_brokers_with_one_name_or_one_client_id_at_one_address_are_refused()
    {
        BrokerOptions[] brokers =
            [Good, Good with { ClientId = "other" }, Good with { Name = "b" }, Good with { Name = "c", Port = 1884 },
                Good with { Name = "d", ClientId = "energy", Workers = 2 }, Good with { Name = "e", ClientId = "energy-2" }];
        Assert.Equal([(1, "Name"), (2, "ClientId"), (5, "ClientId")],
            BrokerChecks.Clashes(brokers).Select(clash => (clash.Place, clash.Setting)));
    }

    static string Said((string Setting, string? Value, string Allowed) fault) =>
        $"{fault.Setting} = \"{fault.Value}\": {fault.Allowed}";
}
