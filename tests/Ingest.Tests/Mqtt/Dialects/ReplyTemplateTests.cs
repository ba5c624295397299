using System.IO.Compression;
using System.Text;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Dialects.Replies;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>Application replies: what is echoed stays as it was sent, and a reply is whole or none.</summary>
public sealed class ReplyTemplateTests
{
    static readonly Instant Arrived = Some.At("2026-03-17T06:52:00.250Z");
    static readonly Instant Sending = Some.At("2026-03-17T06:52:03Z");
    static readonly TimeZoneInfo Zone = Some.Calendar.Zone;
    static readonly Dictionary<string, int> Levels = new() { ["product"] = 1, ["sn"] = 2 };

    [Theory]
    [InlineData("{\"id\":${body.msgid}}", "{\"msgid\":0}", "{\"id\":0}")]
    [InlineData("{\"id\":${body.msgid}}", "{\"msgid\":\"0\"}", "{\"id\":\"0\"}")]
    [InlineData("{\"id\":${body.msgid}}", "{\"msgid\":871649359925932032}", "{\"id\":871649359925932032}")]
    [InlineData("{\"id\":${body.msgid}}", "{\"msgid\":\"a\\\"b\"}", "{\"id\":\"a\\\"b\"}")]
    [InlineData("${body.a.b.1}", "{\"x\":[1],\"a\":{\"b\":[{\"c\":1},[2, 3]],\"z\":1}}", "[2, 3]")]
    [InlineData("${body.zone|\"8\"}", "{}", "\"8\"")]
    [InlineData("${body.zone|\"8\"}", "{\"zone\":\"7\"}", "\"7\"")]
    [InlineData("${topic.sn}/${topic.product}", "{}", "123/p")]
    [InlineData("${now.s} ${now.ms} ${arrived.s} ${arrived.ms}", "{}", "1773730323 1773730323000 1773730320 1773730320250")]
    [InlineData("${now.local} ${now.utc} ${now.zone} ${now.zone_minutes}", "{}", "20260317145203 20260317T065203Z 8 00")]
    [InlineData("a $ b { c } d", "{}", "a $ b { c } d")]
    public void Reply_is_filled_from_message_topic_and_clock(string template, string body, string expected) =>
        Assert.Equal(expected, Fill(template, body));

    [Theory]
    [InlineData("{}"), InlineData("not JSON"), InlineData(""), InlineData("{\"msgid\":1"), InlineData("{\"msgid\":1} x")]
    [InlineData("[]"), InlineData("{\"msg\\u0069d\":1}"), InlineData("{\"other\":{\"msgid\":1}}")]
    public void Reply_to_a_message_without_its_value_is_none(string body) => Assert.Null(Fill("{\"id\":${body.msgid}}", body));

    [Fact]
    public void Value_too_long_to_send_back_is_none()
    {
        Assert.NotNull(Fill("${body.a}", $"{{\"a\":\"{new string('x', 254)}\"}}"));
        Assert.Null(Fill("${body.a}", $"{{\"a\":\"{new string('x', 255)}\"}}"));
    }

    [Theory]
    [InlineData("${topic.nobody}", "there is no topic.nobody"), InlineData("${now.year}", "there is no now.year")]
    [InlineData("${body.a", "ends with }"), InlineData("${now.s|1}", "there is no now.s|1")]
    public void Template_with_a_place_that_is_not_there_is_refused(string template, string reason)
    {
        ReplyTemplate.Parse(template, Levels, new JsonPaths(), out var fault);
        Assert.Contains(reason, fault);
    }

    [Fact]
    public void What_stood_in_a_topic_is_json_text_in_a_reply()
    {
        var paths = new JsonPaths();
        var template = ReplyTemplate.Parse("\"${topic.sn}\"", Levels, paths, out _);
        var facts = new ReplyFacts(["t", "p", "a\"b\\"], JsonPicks.None, Arrived, Sending, Zone);
        Assert.Equal("\"a\\u0022b\\\\\"", Encoding.UTF8.GetString(template.Fill(facts, isJson: true)!));
    }

    [Theory]
    [InlineData("{\"sys\":{\"ack\":1},\"id\":1}", "acknowledged 1", null)]
    [InlineData("{\"sys\":{\"ack\":\"1\"},\"id\":2}", "acknowledged 2", null)]
    [InlineData("{\"sys\":{\"ack\":0},\"id\":3}", null, null)]
    [InlineData("{\"sys\":{\"ack\":1}}", null, null)]
    [InlineData("{\"encrypt\":\"1\"}", "refused", "AES is not offered")]
    public void First_rule_that_holds_decides(string body, string? said, string? refusal)
    {
        var paths = new JsonPaths();
        var topic = ReplyTemplate.Parse("down/${topic.sn}", Levels, paths, out _);
        var rules = new ReplyRules(
            [
                new([(paths.PlaceOf("encrypt"), "1")], (topic, Parse("refused"), 1), "AES is not offered"),
                new([(paths.PlaceOf("sys.ack"), "1")], (topic, Parse("acknowledged ${body.id}"), 1), null),
            ], paths);
        var outcome = rules.For(Message("t/p/123", body), Encoding.UTF8.GetBytes(body), Zone);

        Assert.Equal(refusal, outcome.Refusal);
        Assert.Equal(said, outcome.Replies.Select(reply => Encoding.UTF8.GetString(reply.PayloadAt(Sending).Span)).SingleOrDefault());
        Assert.All(outcome.Replies, reply => Assert.Equal("down/123", reply.Topic));

        ReplyTemplate Parse(string text) => ReplyTemplate.Parse(text, Levels, paths, out _);
    }

    [Fact]
    public void Message_that_was_compressed_unfolds_and_a_bomb_does_not()
    {
        var small = Pack(Encoding.UTF8.GetBytes("{\"a\":1}"));
        Assert.True(Inflation.IsZlib(small));
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(Inflation.Unfold(small, 100, out _)!));
        var bomb = Pack(new byte[10_000_000]);
        Assert.InRange(bomb.Length, 1, 20_000);
        Assert.Null(Inflation.Unfold(bomb, 1_000_000, out var fault));
        Assert.Contains("more than 1000000 bytes", fault);
        small[^1] ^= 0x55;
        Assert.Null(Inflation.Unfold(small, 100, out fault));
        Assert.Contains("damaged", fault);
    }

    [Theory, InlineData("{\"a\":1}"), InlineData("["), InlineData(" {}"), InlineData("x"), InlineData("")]
    public void Json_is_not_taken_for_compressed(string text) => Assert.False(Inflation.IsZlib(Encoding.UTF8.GetBytes(text)));

    static string? Fill(string template, string body)
    {
        var paths = new JsonPaths();
        var parsed = ReplyTemplate.Parse(template, Levels, paths, out var fault);
        Assert.Null(fault);
        var facts = new ReplyFacts(["t", "p", "123"], paths.Pick(Encoding.UTF8.GetBytes(body)), Arrived, Sending, Zone);
        return parsed.Fill(facts, isJson: true) is { } filled ? Encoding.UTF8.GetString(filled) : null;
    }

    static DialectMessage Message(string topic, string body) =>
        new(Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(body), Arrived, IsRetained: false);

    static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var packing = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) packing.Write(bytes);
        return packed.ToArray();
    }
}
