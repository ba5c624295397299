using System.Text;

namespace EnergyWatch.Ingest.Mqtt.Dialects.Replies;

/// <summary>One answer to a kind of message.</summary>
/// <param name="When">What the message must hold for it, each a place among its picks and the text there; an answer
/// without conditions is for all.</param>
/// <param name="Text">What is said and where; null where nothing is.</param>
/// <param name="Refusal">Why such a message goes to the quarantine; null where it is taken.</param>
sealed record ReplyRule(
    IReadOnlyList<(int Place, string Text)> When, (ReplyTemplate Topic, ReplyTemplate Payload, int Qos)? Text,
    string? Refusal);

/// <summary>What is to be done with a message beside its readings.</summary>
/// <param name="Refusal">Why it is not taken; null where it is.</param>
sealed record ReplyOutcome(IReadOnlyList<DialectReply> Replies, string? Refusal)
{
    public static ReplyOutcome Nothing { get; } = new([], null);
}

/// <summary>
/// What one kind of message is answered with: the first rule whose conditions it meets decides. A rule that asks for a
/// value which the message has not is passed over: half a reply would be taken for a whole one.
/// </summary>
sealed class ReplyRules(IReadOnlyList<ReplyRule> rules, JsonPaths paths)
{
    public static ReplyRules None { get; } = new([], new JsonPaths());

    public bool IsEmpty => rules.Count == 0;

    /// <param name="payload">As it is after unfolding; whatever it is, there is an answer.</param>
    /// <param name="zone">The zone in which the gateway writes its times.</param>
    public ReplyOutcome For(
        in DialectMessage message, ReadOnlySpan<byte> payload, TimeZoneInfo zone)
    {
        if (IsEmpty) return ReplyOutcome.Nothing;
        var levels = Encoding.UTF8.GetString(message.Topic.Span).Split('/');
        var facts = new ReplyFacts(levels, paths.Pick(payload), message.ArrivedAt, message.ArrivedAt, zone);
        foreach (var rule in rules)
        {
            if (!rule.When.All(condition => facts.Body.TextAt(condition.Place) == condition.Text)) continue;
            if (rule.Text is not { } text) return new ReplyOutcome([], rule.Refusal);
            if (text.Topic.Fill(facts, isJson: false) is not { } topic || text.Payload.Fill(facts, isJson: true) is null)
                continue;
            var reply = new DialectReply(
                Encoding.UTF8.GetString(topic),
                sending => text.Payload.Fill(facts with { Sending = sending }, isJson: true), text.Qos);
            return new ReplyOutcome([reply], rule.Refusal);
        }
        return ReplyOutcome.Nothing;
    }
}
