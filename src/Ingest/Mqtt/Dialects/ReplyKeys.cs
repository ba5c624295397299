using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Mqtt.Dialects.Replies;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>The replies of a message: when, where to, and what.</summary>
static class ReplyKeys
{
    public static ReplyRules Rules(DefinitionNode node)
    {
        if (node.At("replies") is null) return ReplyRules.None;
        var (paths, levels) = (new JsonPaths(), LevelsOf(node));
        return new ReplyRules([.. node.Children("replies").Select(reply => Rule(reply, levels, paths))], paths);
    }

    // The names of the levels of its topics: those that stand at the same level in all of them.
    static Dictionary<string, int> LevelsOf(DefinitionNode node)
    {
        var topics = DialectFile.Texts(node, "topic").Select(text => TopicPattern.Parse(text, out _)).OfType<TopicPattern>().ToList();
        if (topics.Count == 0) return [];
        return topics[0].Names.Distinct().Where(name => topics.All(topic => topic.LevelOf(name) == topics[0].LevelOf(name)))
            .ToDictionary(name => name, topics[0].LevelOf);
    }

    static ReplyRule Rule(DefinitionNode node, Dictionary<string, int> levels, JsonPaths paths)
    {
        var when = node.Child("when") is { } conditions
            ? node.Entries("when").Select(one => (paths.PlaceOf(one.Key), conditions.Text(one.Key))).ToList() : [];
        var refusal = node.OptionalText("refused");
        var topic = Template(node, "topic", levels, paths);
        CheckTopic(node, topic, levels);
        var payload = Template(node, "payload", levels, paths);
        // Kept for a gateway that is away, it would set its clock by a moment that is long past.
        var saysNow = payload?.SaysNow == true;
        var qos = (int)node.Whole("qos", 0, 2, saysNow ? 0 : 1);
        if (saysNow && qos > 0) node.Fault("qos", "must be 0 where the payload says what time it is: nobody may keep it");
        if ((topic is null) != (payload is null)) node.Fault("topic", "and payload stand together");
        // Of silence the file must speak: what stands below is then passed over too.
        var isSilent = node.Flag("silent");
        if (topic is null && refusal is null && !isSilent) node.Fault("topic", "is missing");
        if (topic is not null && isSilent) node.Fault("silent", "is no reply with a topic");
        node.Finish();
        return new ReplyRule(when, topic is null || payload is null ? null : (topic, payload, qos), refusal);
    }

    // Or a gateway could have its neighbour told what it likes.
    static void CheckTopic(DefinitionNode node, ReplyTemplate? topic, Dictionary<string, int> levels)
    {
        if (topic is null || node.OptionalText("topic") is not { } text) return;
        if (topic.HasBody) node.Fault("topic", "must not be made of what the message holds: a gateway could then speak to another");
        if (text.AsSpan().IndexOfAny("+#") >= 0) node.Fault("topic", "is one topic, without wildcards");
        var own = $"${{topic.{TopicPattern.GatewayName}}}";
        if (levels.ContainsKey(TopicPattern.GatewayName) && !text.Contains(own, StringComparison.Ordinal))
            node.Fault("topic", $"must hold {own}: else another would hear it");
    }

    static ReplyTemplate? Template(DefinitionNode node, string key, Dictionary<string, int> levels, JsonPaths paths)
    {
        if (node.OptionalText(key) is not { } text) return null;
        var template = ReplyTemplate.Parse(text, levels, paths, out var fault);
        if (fault is not null) node.Fault(key, fault);
        return template;
    }
}
