using System.Globalization;
using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Tests.Pipeline;

namespace EnergyWatch.Ingest.Tests.Mqtt.Faults;

/// <summary>
/// One message in a thousand is bad: its neighbours are stored, it is in the quarantine as it came and with its reason,
/// and all are acknowledged, so that none comes again for ever.
/// </summary>
public sealed class PoisonTests
{
    const long Now = 1_773_730_320_000;
    const int Count = 1_000;
    const int Place = 500;

    public static TheoryData<string, string, string> Bad() => new()
    {
        { "broken off", "{\"meter\":\"M-0001\",\"ts\":1773730320000,\"values\":{\"energy_import\":1", RefusalCodes.Malformed },
        { "no JSON", "hello", RefusalCodes.Malformed },
        { "a bare NaN", Of("NaN"), RefusalCodes.Malformed },
        { "NaN in quotes", Of("\"NaN\""), RefusalCodes.NotANumber },
        { "beyond a double", Of("1e999"), RefusalCodes.NotANumber },
        { "a word for a number", Of("\"much\""), RefusalCodes.NotANumber },
        { "a bool for a number", Of("true"), RefusalCodes.NotANumber },
        { "an object for a number", Of("{\"v\":1}"), RefusalCodes.NotANumber },
        { "nothing", "", RefusalCodes.Malformed },
        { "no values", "{\"meter\":\"M-0001\",\"values\":{}}", RefusalCodes.Empty },
        { "an unknown meter", Of("1", "M-9999"), RefusalCodes.UnknownMeter },
        { "an unknown quantity", Of("1", quantity: "energie"), RefusalCodes.UnknownQuantity },
        { "a time to come", Of("1", ts: Now + 86_400_000), RefusalCodes.TimeInFuture },
        { "no time", "{\"meter\":\"M-0001\",\"ts\":\"yesterday\",\"values\":{\"power\":1}}", RefusalCodes.BadTime },
    };

    [Theory, MemberData(nameof(Bad))]
    public async Task One_bad_message_in_a_thousand_harms_no_neighbour(string what, string payload, string code)
    {
        foreach (var version in new[] { MqttVersion.V311, MqttVersion.V5 })
        {
            await using var bench = new PipelineBench();
            await bench.StartAsync();
            await using var listener = await ListenerUnderTest.StartAsync(sink: bench.Pipeline);
            using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
            var answers = await DeliverAsync(peer, payload);
            var bad = version == MqttVersion.V5 ? "PUBACK id=501 code=153" : "PUBACK id=501 code=0";
            Assert.StartsWith(bad, answers[Place], StringComparison.Ordinal);
            answers.RemoveAt(Place);
            Assert.All(answers, answer => Assert.EndsWith(" code=0", answer));
            Assert.Equal(Count - 1, bench.Series.Store.Count);
            var item = Assert.Single(bench.Quarantine.Items);
            Assert.True(code == item.Code, $"{what}: {item.Code} {item.Detail}");
            Assert.Equal(("mqtt:GW-01", payload), (item.Source, PipelineBench.Text(item)));
            Assert.NotEmpty(item.Detail);
            var state = (await listener.FieldStatesAsync()).Last(state => state.Gateway == "GW-01");
            Assert.Contains(code, state.Fault!, StringComparison.Ordinal);
        }
    }

    // 5.0 announces the limit, so that its client does not send it; 3.1.1 cannot.
    [Fact]
    public async Task Message_too_large_of_a_3_1_1_gateway_goes_past_with_its_head_quarantined()
    {
        await using var bench = new PipelineBench();
        await bench.StartAsync();
        await using var listener = await ListenerUnderTest.StartAsync(sink: bench.Pipeline);
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        var large = Of(new string('1', 900 * 1024));
        var answers = await DeliverAsync(peer, large);
        Assert.Equal(Enumerable.Range(1, Count).Select(id => $"PUBACK id={id} code=0"), answers);
        Assert.Equal(Count - 1, bench.Series.Store.Count);
        var item = Assert.Single(bench.Quarantine.Items);
        Assert.Equal((RefusalCodes.Malformed, large[..65_536]), (item.Code, PipelineBench.Text(item)));
        Assert.Contains("262144 are taken here", item.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_too_large_of_qos_2_is_kept_once_and_its_topic_is_judged_like_any_other()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        var large = new string('x', 300 * 1024);
        await peer.SendAsync(peer.Publish(1, large, qos: 2));
        Assert.Equal("PUBREC id=1 code=0", await peer.HearAsync());
        await peer.SendAsync(peer.Publish(1, large, qos: 2, duplicate: true));
        Assert.Equal("PUBREC id=1 code=0", await peer.HearAsync());
        Assert.Single(listener.Sink.Taken);
        await peer.SendAsync(peer.Publish(2, large, "energywatch/v1/GW-02/readings"));
        Assert.Equal("closed", await peer.HearAsync());
        Assert.Single(listener.Sink.Taken);
    }

    [Fact]
    public async Task Message_too_large_of_a_5_0_gateway_ends_its_connection_with_the_reason()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1)));
        Assert.Equal("PUBACK id=1 code=0", await peer.HearAsync());
        await peer.SendAsync(peer.Publish(2, new string('x', 300 * 1024)));
        Assert.StartsWith("DISCONNECT code=149", await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
    }

    // In windows, as a 5.0 client must; each message is of another instant.
    static async Task<List<string>> DeliverAsync(MqttPeer peer, string bad)
    {
        var answers = new List<string>();
        for (var first = 0; first < Count; first += 100)
        {
            await peer.SendAsync([.. Enumerable.Range(first, 100).Select(
                i => peer.Publish(i + 1, i == Place ? bad : Of("1.5", ts: Now - i * 1000L)))]);
            answers.AddRange(await peer.HearAsync(100));
        }
        return answers;
    }

    static string Of(string value, string meter = "M-0001", long ts = Now - 3_600_000, string quantity = "energy_import") =>
        string.Create(
            CultureInfo.InvariantCulture, $"{{\"meter\":\"{meter}\",\"ts\":{ts},\"values\":{{\"{quantity}\":{value}}}}}");
}
