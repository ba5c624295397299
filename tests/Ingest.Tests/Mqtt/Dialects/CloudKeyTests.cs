using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>The keys that gateways made for clouds need: parts, unless, beside, replies.</summary>
public sealed class CloudKeyTests
{
    const string Good = """
        schema: 1
        name: good
        version: 1
        title: A good one
        source: made up
        evidence: example
        messages:
          - topic: a/{gateway}/b
            parts:
              - { items: own, meter: only }
              - { items: "subs[]", meter: "{id}" }
            unless: { state: OFFLINE }
            keys:
              E: { quantity: energy_import, unit: kWh }
              P: { quantity: power, unit: kW, beside: ct }
              "*": ignore
            replies:
              - when: { quiet: 1 }
                silent: true
              - topic: r/${topic.gateway}
                payload: '{"id":${body.id|0}}'
        tests:
          - name: a reading
            topic: a/gw/b
            sent: '{"own":{"E":"1.5","P":2}}'
            readings: [meter energy_import 1.5 kWh arrival]
            replies: ['r/gw {"id":0}']
          - name: silence
            topic: a/gw/b
            sent: '{"quiet":1,"id":7,"own":{"P":2,"ct":1}}'
            readings: [meter power 2 kW arrival]
        """;

    [Theory]
    [InlineData("topic: r/${topic.gateway}", "topic: r/all", "messages[0].replies[1].topic")]
    [InlineData("topic: r/${topic.gateway}", "topic: r/${topic.gateway}/#", "messages[0].replies[1].topic")]
    [InlineData("topic: r/${topic.gateway}", "topic: r/${topic.gateway}/${body.to}", "messages[0].replies[1].topic")]
    [InlineData("topic: a/{gateway}/b\n    parts", "topic: [\"a/{gateway}/b\", \"{gateway}/b\"]\n    parts", "messages[0].replies[1].topic")]
    [InlineData("silent: true", "topic: r/${topic.gateway}", "messages[0].replies[0].topic")]
    [InlineData("silent: true", "qos: 0", "messages[0].replies[0].topic")]
    [InlineData("unless: { state", "items: own\n    unless: { state", "messages[0].items")]
    [InlineData("items: own, meter: only", "items: own", "messages[0].meter")]
    [InlineData("schema: 1", "schema: 1\ncompression: lzo", "compression")]
    public void A_fault_names_its_place(string good, string bad, string place)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        var dialect = DialectFileTests.Read(Good.Replace(good, bad, StringComparison.Ordinal), out var faults);
        Assert.Null(dialect);
        Assert.Contains(place, faults.Select(fault => fault.Place));
    }

    [Fact]
    public void What_is_old_is_said_once_and_again_after_it_was_new()
    {
        var dialect = DialectFileTests.Read(Good, out _)!;
        var registry = Some.Registry(meters: [Some.Meter(1, "M-1", address: "s1"), Some.Meter(2, "M-2", address: "s2")]);
        var said = new List<int>();
        foreach (var state in new[] { "OFFLINE", "OFFLINE", "ONLINE", "OFFLINE" })
        {
            var message = $$"""{"subs":[{"id":"s1","state":"{{state}}","E":1},{"id":"s2","E":2}]}""";
            var read = Take(dialect, registry, message);
            said.Add(read.Remarks.Count);
            Assert.Equal(state == "ONLINE" ? [1.0, 2.0] : [2.0], read.Payload.Batch.Readings.Select(reading => reading.Value));
        }
        Assert.Equal([1, 0, 0, 1], said);
    }

    [Fact]
    public void An_unknown_sub_device_is_never_the_meter_of_the_gateway()
    {
        var read = Take(DialectFileTests.Read(Good, out _)!, Some.Registry(meters: [Some.Meter(1, "M-1")]), """{"subs":[{"id":"s9","E":1}]}""");
        Assert.Empty(read.Payload.Batch.Readings);
        Assert.Equal(RefusalCodes.UnknownMeter, Assert.Single(read.Payload.Batch.Refusals).Code);
        Assert.Equal("r/GW-01", Assert.Single(read.Replies).Topic);
    }

    static DialectReading Take(FileDialect dialect, Domain.Registry.RegistrySnapshot registry, string message)
    {
        var clock = Domain.Time.Instant.From(new DateTimeOffset(2026, 3, 17, 6, 45, 0, TimeSpan.Zero));
        return dialect.Read(
            new DialectMessage(Encoding.UTF8.GetBytes("a/GW-01/b"), Encoding.UTF8.GetBytes(message), clock, false),
            new ReadingContext(registry, Some.Calendar, clock, "mqtt:GW-01", "GW-01"));
    }
}
