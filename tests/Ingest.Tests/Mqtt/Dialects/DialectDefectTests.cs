using System.Text;
using System.Text.RegularExpressions;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Tests.Mqtt.Brokers;
using EnergyWatch.Support;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>A dialect that fails, and what might make one fail: one message is the price, and never a connection.</summary>
public sealed partial class DialectDefectTests
{
    static readonly DialectCatalog Shipped = DialectCatalog.Load([Repository.PathOf("seeds", "dialects")]);

    [Fact]
    public async Task A_message_at_which_a_dialect_fails_is_quarantined_and_acknowledged_and_those_behind_it_are_taken()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(
            new BrokerOptions { Name = "site", Host = "127.0.0.1", Port = broker.Port, ClientId = "us", DropCounter = "", Mqtt5 = false },
            dialects: new DialectCatalog([new BrokenDialect()]));
        source.Registry.Set(Some.Registry(meters: [Some.Meter()], gateways: [Some.Gateway(dialect: "broken")], version: 2));
        source.Start();
        await broker.AcceptAsync();
        await broker.PublishAsync(5, "anything", "broken/GW-01/up");
        await broker.PublishAsync(6, MqttPeer.Reading(12.5));
        Assert.Equal("PUBACK id=5 code=0", await broker.HearAsync());
        Assert.Equal("PUBACK id=6 code=0", await broker.HearAsync());
        Assert.Equal(12.5, Assert.Single(source.Sink.Readings).Value);
        var kept = source.Sink.Taken[0];
        Assert.Equal((RefusalCodes.Malformed, "anything"), (Assert.Single(kept.Refusals).Code, Encoding.UTF8.GetString(kept.Payload.Span)));
        Assert.True(DialectFormat.TryParse(kept.Format, out var name, out var topic, out _));
        Assert.Equal(("broken", "broken/GW-01/up"), (name, Encoding.UTF8.GetString(topic)));
    }

    [Fact]
    public void A_defect_is_logged_once_with_its_cause_and_stays_a_refusal_when_it_is_replayed()
    {
        using var log = new LogProbe();
        var (guarded, broken) = (new GuardedDialects(log.For<DialectCatalog>()), new BrokenDialect());
        var message = new DialectMessage("broken/GW-01/up"u8.ToArray(), "x"u8.ToArray(), Some.At("2026-03-17T06:45:00Z"), true);
        for (var i = 0; i < 3; i++)
        {
            var batch = guarded.Read(broken, message, ContextOf("Asia/Shanghai")).Payload.Batch;
            Assert.Contains("ArithmeticException", Assert.Single(batch.Refusals).Detail, StringComparison.Ordinal);
        }
        var line = Assert.Single(log.Lines);
        Assert.Equal((LogLevel.Error, typeof(ArithmeticException)), (line.Level, line.Exception!.GetType()));
        var replay = new DialectReplay(new DialectCatalog([broken]), guarded);
        Assert.False(replay.Read(message.Payload, DialectFormat.Of("broken", message.Topic.Span), ContextOf("Asia/Shanghai"))!.Value.IsReadable);
    }

    [Theory]
    [InlineData("Asia/Shanghai")]
    [InlineData("America/Los_Angeles")]
    [InlineData("Pacific/Kiritimati")]
    public void No_time_makes_a_shipped_dialect_fail(string zone)
    {
        string[] moments =
        [
            "0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "0001-01-02T00:00:00", "9999-12-31T23:59:59", "9999-12-31T23:59:59.999Z",
            "00010101000000", "00010101T000000Z", "99991231235959", "99991231T235959Z", "0", "-1", "253402300799", "253402300799999",
            "1e308", "1e-308", "NaN", "Infinity", "9223372036854775807", "99999999999999",
        ];
        foreach (var dialect in Shipped.All.OfType<FileDialect>())
        {
            foreach (var message in dialect.Text.Tests.Select(test => test.Messages[^1]))
            {
                foreach (var moment in moments)
                {
                    var payload = Times().Replace(message.Payload, found => found.Value[0] == '"' ? $"\"{moment}\"" : moment);
                    var batch = dialect.Read(
                        new DialectMessage(Encoding.UTF8.GetBytes(message.Topic), Encoding.UTF8.GetBytes(payload), Some.At("2026-03-17T06:45:00Z"), false),
                        ContextOf(zone)).Payload.Batch;
                    Assert.Equal(batch.Readings.Count, batch.Indexes.Count);
                }
            }
        }
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00", 1, 0)]
    [InlineData("9999-12-31T23:59:59", 0, 1)]
    public void A_clock_that_was_never_set_and_one_at_the_end_of_the_calendar_are_told_apart(string moment, int arrived, int refused)
    {
        var read = Shipped.Find("tasmota")!.Read(
            new DialectMessage(
                "tele/GW-01/SENSOR"u8.ToArray(), Encoding.UTF8.GetBytes($$$"""{"Time":"{{{moment}}}","ENERGY":{"Total":1}}"""),
                Some.At("2026-03-17T06:45:00Z"), false),
            ContextOf("Asia/Shanghai"));
        var batch = read.Payload.Batch;
        Assert.Equal((arrived, refused), (batch.Readings.Count(reading => reading.Doubt == Doubt.ArrivalTime), batch.Refusals.Count));
    }

    [Fact]
    public void A_topic_without_end_is_refused_and_does_not_fill_the_quarantine()
    {
        var topic = Encoding.UTF8.GetBytes($"neuron/GW-01/{new string('ä', 30_000)}/g");
        var payload = Encoding.UTF8.GetBytes(
            $$"""{"timestamp":1,"tags":[{{string.Join(',', Enumerable.Repeat("""{"name":"power","value":"x"}""", 6_000))}}]}""");
        var batch = Shipped.Find("emqx-neuron")!.Read(
            new DialectMessage(topic, payload, Some.At("2026-03-17T06:45:00Z"), false), ContextOf("Asia/Shanghai")).Payload.Batch;
        Assert.Equal(RefusalCodes.Malformed, Assert.Single(batch.Refusals).Code);
        Assert.InRange(batch.Format.Length, 1, 4 * DialectFormat.LongestTopic);
        var replay = new DialectReplay(Shipped, new GuardedDialects(new LogProbe().For<DialectCatalog>()));
        var again = replay.Read(payload, batch.Format, ContextOf("Asia/Shanghai"))!.Value.Batch;
        Assert.Contains("topic", Assert.Single(again.Refusals).Detail, StringComparison.Ordinal);
    }

    static ReadingContext ContextOf(string zone) => new(
        Some.Registry(meters: [Some.Meter(address: null)], gateways: [Some.Gateway()]), ReportingCalendar.For(zone),
        Some.At("2026-03-17T06:45:00Z"), "mqtt:GW-01", "GW-01");

    [GeneratedRegex("""
        "20\d\d-\d\d-\d\d[T ][0-9:.]+Z?"|"20\d{6}T?\d{6,9}Z?"|"1[6-9]\d{8,11}"|\b1[6-9]\d{8}(\d{3})?\b
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Times();

    sealed class BrokenDialect : IDialect
    {
        public string Name => "broken";

        public IReadOnlyList<string> Upward(Gateway gateway) => [$"broken/{gateway.Code}/up"];

        public IReadOnlyList<string> Downward(Gateway gateway) => [];

        public bool Claims(ReadOnlySpan<byte> topic, out ReadOnlySpan<byte> username)
        {
            username = topic.StartsWith("broken/"u8) ? topic[7..^3] : [];
            return username.Length > 0;
        }

        public DialectReading Read(in DialectMessage message, ReadingContext context) =>
            throw new ArithmeticException("as it may be in any decoder");
    }
}
