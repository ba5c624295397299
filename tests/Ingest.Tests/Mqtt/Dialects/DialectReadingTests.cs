using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>What the files' own tests cannot show: whose message it is, hostile bytes, times, and replay.</summary>
public sealed class DialectReadingTests
{
    static readonly DialectCatalog Shipped = DialectCatalog.Load([Repository.PathOf("seeds", "dialects")]);

    static readonly GuardedDialects Guarded = new(NullLogger<DialectCatalog>.Instance);

    static readonly RegistrySnapshot Registry = Some.Registry(
        meters: [Some.Meter(1, "M-1", gateway: "GW-01"), Some.Meter(2, "M-2", gateway: "GW-02"), Some.Meter(3, "M-3", gateway: "GW-03")],
        gateways:
        [
            Some.Gateway("GW-01", dialect: "tasmota") with { Username = "canteen" }, Some.Gateway("GW-02", dialect: "shelly-gen2"),
            Some.Gateway("GW-03", dialect: "wiren-board"), Some.Gateway("GW-04"), Some.Gateway("GW-05", dialect: "klingon"),
        ]);

    [Theory]
    [InlineData("tele/canteen/SENSOR", null, "GW-01", "tasmota")]
    [InlineData("tele/GW-01/SENSOR", null, "GW-01", "tasmota")]
    [InlineData("tele/GW-02/SENSOR", null, null, null)]
    [InlineData("tele/nobody/SENSOR", null, null, null)]
    [InlineData("GW-02/events/rpc", null, "GW-02", "shelly-gen2")]
    [InlineData("/devices/a/controls/Total P", null, null, null)]
    [InlineData("/devices/a/controls/Total P", "GW-03", "GW-03", "wiren-board")]
    [InlineData("/devices/a/controls/Total P", "GW-02", null, null)]
    [InlineData("energywatch/v1/GW-04/readings", null, "GW-04", null)]
    [InlineData("energywatch/v1/GW-01/readings", null, "GW-01", null)]
    [InlineData("energywatch/v1/GW-09/readings", null, null, null)]
    public void A_topic_of_a_broker_tells_whose_it_is_and_in_which_dialect(string topic, string? sole, string? gateway, string? dialect)
    {
        var router = new DialectRouter(new FixedRegistry(Registry), Shipped);
        var route = router.Route(Encoding.UTF8.GetBytes(topic), sole);
        Assert.Equal((gateway, dialect), (route.Gateway, route.Dialect?.Name));
    }

    [Fact]
    public void At_a_broker_that_several_share_what_names_nobody_is_not_asked_for()
    {
        var router = new DialectRouter(new FixedRegistry(Registry), Shipped);
        Assert.DoesNotContain("tasmota/discovery/#", router.Filters());
        Assert.Contains("tele/canteen/#", router.Filters());
        Assert.Contains(router.Filters("GW-03"), filter => filter.StartsWith("/devices/", StringComparison.Ordinal));
        Assert.DoesNotContain(router.Filters(), filter => filter.StartsWith("/devices/", StringComparison.Ordinal));
    }

    [Fact]
    public void What_all_items_ask_of_the_objects_around_them_is_looked_for_in_each_object_once()
    {
        var members = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"k{i}\":{i}"));
        using var json = JsonDocument.Parse("{\"time\":1,\"data\":{" + members + "}}");
        var (scope, path, at) = (new MessageScope(), ItemPath.Parse("data.{code}")!, new FieldPath("time"));
        scope.Begin("a"u8.ToArray(), TopicPattern.Parse("a", out _)!);
        var found = 0;
        path.Visit(json.RootElement, scope, 0, (_, _) => found += scope.TryField(at, out var time) ? time.GetInt32() : 0);
        Assert.Equal(1_000, found);
        // Once in the message, once in its data, and once in each item, of which none is an object.
        Assert.Equal(1_002, scope.Lookups);
    }

    [Fact]
    public void The_table_follows_the_registry()
    {
        var registry = new FixedRegistry(Registry);
        var router = new DialectRouter(registry, Shipped);
        Assert.Null(router.Route("tele/GW-04/SENSOR"u8).Gateway);
        registry.Set(Some.Registry(gateways: [Some.Gateway("GW-04", dialect: "tasmota")], version: 2));
        Assert.Equal("GW-04", router.Route("tele/GW-04/SENSOR"u8).Gateway);
        Assert.Null(router.Route("tele/canteen/SENSOR"u8).Gateway);
    }

    [Theory, InlineData("+"), InlineData("#"), InlineData("a/b"), InlineData("$SYS"), InlineData("a\0b")]
    public void No_pattern_is_made_of_a_user_name(string username)
    {
        var gateway = Some.Gateway("GW-01", dialect: "tasmota") with { Username = username };
        foreach (var dialect in Shipped.All) Assert.Empty(dialect.Downward(gateway));
        // What names no gateway is left.
        Assert.Equal(["tasmota/discovery/#"], Shipped.Find("tasmota")!.Upward(gateway));
    }

    [Fact]
    public void Whatever_a_message_holds_it_is_read_and_nothing_is_thrown()
    {
        var random = new Random(20261122);
        var samples = Shipped.All.OfType<FileDialect>()
            .SelectMany(dialect => dialect.Text.Tests.Select(test => (dialect, test.Messages[^1]))).ToList();
        const string Tricky = "\"{}[]:,0123456789eE+-.\\u d8nulltrue\0\u00e9";
        for (var round = 0; round < 20_000; round++)
        {
            var (dialect, message) = samples[random.Next(samples.Count)];
            var bytes = Encoding.UTF8.GetBytes(message.Payload + " ").ToList();
            for (var edits = random.Next(1, 8); edits > 0 && bytes.Count > 1; edits--)
            {
                var at = random.Next(bytes.Count);
                if (random.Next(3) == 0) bytes.RemoveAt(at);
                else if (random.Next(4) == 0) bytes[at] = (byte)random.Next(256);
                else bytes.Insert(at, (byte)Tricky[random.Next(Tricky.Length)]);
            }
            var read = Read(dialect, message.Topic, bytes.ToArray());
            Assert.All(read.Payload.Batch.Readings, reading => Assert.True(double.IsFinite(reading.Value)));
            Assert.Equal(read.Payload.Batch.Readings.Count, read.Payload.Batch.Indexes.Count);
        }
    }

    [Theory]
    [InlineData("{\"Time\":\"2026-03-17T14:44:30\",\"ENERGY\":{\"Total\":1,\"Total\":2}}")]
    [InlineData("{\"Time\":\"2026-03-17T14:44:30\",\"ENERGY\":{\"\\ud800\":1}")]
    [InlineData("")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public void What_cannot_be_told_is_refused_whole(string payload)
    {
        var read = Read(Shipped.Find("tasmota")!, "tele/gw/SENSOR", Encoding.UTF8.GetBytes(payload));
        Assert.Empty(read.Payload.Batch.Readings);
        Assert.Equal(RefusalCodes.Malformed, Assert.Single(read.Payload.Batch.Refusals).Code);
    }

    [Theory]
    [InlineData("epoch", "1773729900", "2026-03-17T06:45:00.000Z")]
    [InlineData("epoch", "1773729900075", "2026-03-17T06:45:00.075Z")]
    [InlineData("epoch", "\"1773729900075\"", "2026-03-17T06:45:00.075Z")]
    [InlineData("epoch_s", "1773729900.04", "2026-03-17T06:45:00.040Z")]
    [InlineData("epoch", "0", "arrival")]
    [InlineData("epoch", "null", "arrival")]
    [InlineData("epoch", "\"\"", "arrival")]
    [InlineData("epoch", "1773729900075000", "BAD_TIME")]
    [InlineData("epoch", "-5", "BAD_TIME")]
    [InlineData("epoch", "true", "BAD_TIME")]
    [InlineData("compact", "\"20251212T121212Z\"", "2025-12-12T12:12:12.000Z")]
    [InlineData("compact", "\"20260317144500\"", "2026-03-17T13:45:00.000Z")]
    [InlineData("compact", "\"2026031714450\"", "BAD_TIME")]
    [InlineData("local", "\"2026-03-17T14:45:00\"", "2026-03-17T13:45:00.000Z")]
    [InlineData("local", "\"2026-03-17 14:45:00.5\"", "2026-03-17T13:45:00.500Z")]
    [InlineData("local", "\"2026-03-17T14:45:00+08:00\"", "2026-03-17T06:45:00.000Z")]
    [InlineData("local", "\"2026-02-30T14:45:00\"", "BAD_TIME")]
    [InlineData("local", "\"0001-01-01T00:00:00\"", "arrival")] // what .NET and Go write for "none"
    [InlineData("compact", "\"00010101000000\"", "arrival")]
    [InlineData("local", "\"9999-12-31T23:59:59\"", "BAD_TIME")]
    [InlineData("epoch", "\"NaN\"", "BAD_TIME")]
    [InlineData("epoch_s", "\"Infinity\"", "BAD_TIME")]
    [InlineData("local", "\"2026-10-25T02:30:00\"", "arrival")] // twice, when summer time ends
    [InlineData("local", "\"2026-03-29T02:30:00\"", "arrival")] // never, when it begins
    [InlineData("rfc3339", "\"2026-03-17T14:45:00\"", "BAD_TIME")]
    public void A_time_is_read_or_refused_and_never_guessed(string form, string time, string expected)
    {
        var dialect = DialectFileTests.Read($$"""
            schema: 1
            name: timed
            version: 1
            title: t
            source: s
            evidence: example
            zone: Europe/Berlin
            messages:
              - { topic: "a/{gateway}", meter: only, time: { at: t, as: {{form}} }, keys: { own: "true" } }
            tests:
              - { name: none, topic: a/gw, sent: '{"power":1}', readings: [meter power 1 kW arrival] }
            """, out var faults);
        Assert.Empty(faults);
        var batch = Read(dialect!, "a/canteen", Encoding.UTF8.GetBytes($$"""{"t":{{time}},"power":1}""")).Payload.Batch;
        Assert.Equal(
            expected,
            batch.Refusals.Count > 0 ? batch.Refusals[0].Code
                : batch.Readings[0].Doubt == Doubt.ArrivalTime ? "arrival" : batch.Readings[0].At.ToString());
    }

    [Fact]
    public void A_quarantined_message_is_read_again_for_its_own_gateway_only()
    {
        var dialect = Shipped.Find("tasmota")!;
        var bytes = Encoding.UTF8.GetBytes("""{"Time":"2026-03-17T14:44:30","ENERGY":{"Total":true,"Power":41.5}}""");
        var format = Read(dialect, "tele/canteen/SENSOR", bytes).Payload.Batch.Format;
        var replay = new DialectReplay(Shipped, Guarded);
        var own = replay.Read(bytes, format, ContextOf("GW-01"))!.Value;
        Assert.Equal(new MeterId(1), Assert.Single(own.Batch.Readings).Series.Meter);
        Assert.Equal("NOT_A_NUMBER", Assert.Single(own.Batch.Refusals).Code);
        Assert.Empty(replay.Read(bytes, format, ContextOf("nobody"))!.Value.Batch.Readings);
        Assert.Null(replay.Read(bytes, PayloadFormats.Json, ContextOf("GW-01")));
        Assert.False(replay.Read(bytes, format.Replace("tasmota", "klingon", StringComparison.Ordinal), ContextOf("GW-01"))!.Value.IsReadable);
    }

    [Fact]
    public void What_a_broker_had_kept_is_no_reading_of_now_when_it_is_replayed_either()
    {
        var bytes = Encoding.UTF8.GetBytes("""{"ENERGY":{"Total":true,"Power":41.5}}""");
        var format = DialectFormat.Of("tasmota", "tele/canteen/SENSOR"u8, isKept: true);
        Assert.Empty(new DialectReplay(Shipped, Guarded).Read(bytes, format, ContextOf("GW-01"))!.Value.Batch.Readings);
    }

    [Theory]
    [InlineData("""{"A":1,"B":2}""", 1, 1)]
    [InlineData("""{"A":1,"B":1}""", 2, 0)] // the same reading, written again
    [InlineData("""{"A":1}""", 1, 0)]
    public void Of_two_values_of_one_quantity_at_one_moment_none_silently_takes_the_place_of_the_other(
        string payload, int readings, int refused)
    {
        var dialect = DialectFileTests.Read("""
            schema: 1
            name: twice
            version: 1
            title: t
            source: s
            evidence: example
            keys: { A: { quantity: power, unit: kW }, B: { quantity: power, unit: kW } }
            messages: [{ topic: "a/{gateway}", meter: only }]
            tests:
              - { name: one, topic: a/gw, sent: '{"B":1}', readings: [meter power 1 kW arrival] }
            """, out var faults);
        Assert.Empty(faults);
        var batch = Read(dialect!, "a/canteen", Encoding.UTF8.GetBytes(payload)).Payload.Batch;
        Assert.Equal((readings, refused), (batch.Readings.Count(reading => reading.Value == 1), batch.Refusals.Count));
    }

    [Fact]
    public void What_is_left_out_is_counted()
    {
        var counts = new Dictionary<string, long>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name.StartsWith("energywatch_dialect_", StringComparison.Ordinal)) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags[0].Value is "counted") counts[instrument.Name] = counts.GetValueOrDefault(instrument.Name) + value;
        });
        listener.Start();
        var dialect = DialectFileTests.Read("""
            schema: 1
            name: counted
            version: 1
            title: t
            source: s
            evidence: example
            keys: { own: "true" }
            messages:
              - { topic: "a/{gateway}", meter: only, marks: all }
              - { topic: "a/{gateway}/error", as: error, payload: text, marks: all, bad_while: any }
            tests:
              - { name: one, topic: a/gw, sent: '{"power":1}', readings: [meter power 1 kW arrival] }
            """, out var faults)!;
        Assert.Empty(faults);
        // Its own test counted nothing.
        Read(dialect, "a/canteen", """{"power":1,"mood":2,"whim":3}"""u8.ToArray());
        dialect.Read(new DialectMessage("a/canteen"u8.ToArray(), """{"power":1}"""u8.ToArray(), Some.At("2026-03-17T06:45:00Z"), true), ContextOf("GW-01"));
        Read(dialect, "a/canteen/error", "r"u8.ToArray());
        Read(dialect, "a/canteen", """{"power":1}"""u8.ToArray());
        Assert.Equal(
            [("energywatch_dialect_ageless_total", 1), ("energywatch_dialect_marked_total", 1), ("energywatch_dialect_unmapped_total", 2)],
            counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => (count.Key, count.Value)));
    }

    [Fact]
    public void An_unknown_key_is_said_once_a_gateway()
    {
        var dialect = new FileDialect(((FileDialect)Shipped.Find("tasmota")!).Text);
        var bytes = Encoding.UTF8.GetBytes("""{"ENERGY":{"Total":1,"Surplus":41.5}}""");
        Assert.Single(Read(dialect, "tele/canteen/SENSOR", bytes).Remarks);
        Assert.Empty(Read(dialect, "tele/canteen/SENSOR", bytes).Remarks);
        Assert.Single(Read(dialect, "tele/GW-02/SENSOR", bytes, "GW-02").Remarks);
    }

    static DialectReading Read(IDialect dialect, string topic, byte[] payload, string gateway = "GW-01") => dialect.Read(
        new DialectMessage(Encoding.UTF8.GetBytes(topic), payload, Some.At("2026-03-17T06:45:00Z"), false), ContextOf(gateway));

    static ReadingContext ContextOf(string gateway) =>
        new(Registry, Some.Calendar, Some.At("2026-03-17T06:45:00Z"), $"mqtt:{gateway}", gateway);
}
