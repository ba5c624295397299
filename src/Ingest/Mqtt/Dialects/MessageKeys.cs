using System.Globalization;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Definitions;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>The keys of a message: which one is meant, where its items stand, and what they say.</summary>
static class MessageKeys
{
    const string OnlyMeter = "only";

    static readonly Dictionary<string, MessageUse> Uses = Names<MessageUse>();
    static readonly Dictionary<string, PayloadKind> Kinds = Names<PayloadKind>();
    static readonly Dictionary<string, bool> Strangers = new() { ["refuse"] = false, ["show"] = true };

    static readonly Dictionary<string, TimeForm> Forms = new()
    {
        ["epoch"] = TimeForm.Epoch, ["epoch_s"] = TimeForm.EpochS, ["epoch_ms"] = TimeForm.EpochMs,
        ["rfc3339"] = TimeForm.Rfc3339, ["local"] = TimeForm.Local, ["compact"] = TimeForm.Compact,
    };

    public static MessageRule Message(DefinitionNode node, SharedKeys shared)
    {
        var meters = Meters(node);
        var rule = new MessageRule
        {
            Line = node.Line,
            Topics = [.. DialectFile.Patterns(node, "topic")],
            Use = node.OneOf("as", Uses, MessageUse.Readings),
            Payload = node.OneOf("payload", Kinds, PayloadKind.Json),
            Match = [.. Matches(node, "match")],
            Parts = [.. Parts(node, meters.Count > 0 ? meters : shared.Meters)],
            Unless = [.. Matches(node, "unless")],
            Time = Time(node) ?? shared.Time ?? TimeRule.None,
            Meters = meters.Count > 0 ? meters : shared.Meters,
            ShowsStrangers = node.OneOf("strangers", Strangers, false),
            Key = Template(node, "key"),
            Value = node.OptionalText("value") is { } value ? new FieldPath(value) : null,
            Unit = Template(node, "unit"),
            Keys = node.Child("keys") is { } keys ? KeyKeys.Map(node, keys) : shared.Keys ?? KeyMap.Empty,
            Marks = [.. DialectFile.Texts(node, "marks").Select(text => TextTemplate.Parse(text)).OfType<TextTemplate>()],
            BadWhile = DialectFile.Texts(node, "bad_while"),
            Online = DialectFile.Texts(node, "online"),
            Offline = DialectFile.Texts(node, "offline"),
            StateAt = node.OptionalText("at") is { } at ? new FieldPath(at) : null,
            Replies = ReplyKeys.Rules(node),
        };
        Check(node, rule);
        node.Finish();
        return rule;
    }

    static void Check(DefinitionNode node, MessageRule rule)
    {
        if (rule.Topics.Count == 0) node.Fault("topic", "there must be at least one");
        if (rule.Topics.Select(topic => topic.GatewayLevel >= 0).Distinct().Count() > 1)
            node.Fault("topic", "either all of them hold {gateway} or none does");
        if (rule.Use == MessageUse.Readings && rule.Parts.Any(part => part.Meters.Count == 0)) node.Fault("meter", "is missing");
        if (rule is { Use: MessageUse.Readings, Payload: PayloadKind.Text, Key: null })
            node.Fault("key", "is missing: plain text says a value and no more");
        if (rule is { Use: MessageUse.Error, Marks.Count: 0 }) node.Fault("marks", "is missing");
        if (rule is { Use: MessageUse.Error, BadWhile.Count: 0 }) node.Fault("bad_while", "is missing");
        if (rule.Use == MessageUse.State && rule.Online.Count + rule.Offline.Count == 0)
            node.Fault("online", "is missing, and 'offline' too");
    }

    /// <summary>Meter names: <c>only</c>, or texts with captures and fields, tried in order.</summary>
    public static IReadOnlyList<MeterName> Meters(DefinitionNode node)
    {
        var names = new List<MeterName>();
        foreach (var text in DialectFile.Texts(node, "meter"))
        {
            if (text == OnlyMeter) names.Add(new MeterName(null));
            else if (TextTemplate.Parse(text) is { } template) names.Add(new MeterName(template));
            else node.Fault("meter", $"the braces of '{text}' do not fit");
        }
        return names;
    }

    public static TimeRule? Time(DefinitionNode node)
    {
        if (node.Child("time") is not { } time) return null;
        var forms = new List<TimeForm>();
        foreach (var text in DialectFile.Texts(time, "as"))
        {
            if (Forms.TryGetValue(text, out var form)) forms.Add(form);
            else time.Fault("as", $"must be of {string.Join(", ", Forms.Keys)}");
        }
        if (forms.Count == 0) forms.Add(TimeForm.Epoch);
        var unset = time.OptionalText("unset_before") ?? "2010-01-01";
        if (!DateOnly.TryParseExact(unset, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            time.Fault("unset_before", "must be a day such as 2010-01-01");
        var fields = DialectFile.Texts(time, "at").Select(text => new FieldPath(text)).ToList();
        if (fields.Count == 0) time.Fault("at", "is missing");
        var rule = new TimeRule(
            fields, forms, Instant.From(new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)),
            time.Flag("own"), [.. Matches(time, "required")]);
        time.Finish();
        return rule;
    }

    // Items that all name their meters alike, or parts that each say how.
    static IEnumerable<ItemPart> Parts(DefinitionNode node, IReadOnlyList<MeterName> meters)
    {
        var parts = new List<ItemPart>();
        foreach (var part in node.Children("parts"))
        {
            var own = Meters(part);
            var has = part.OptionalText("has") is { } field ? new FieldPath(field) : null;
            parts.AddRange(Paths(part).Select(path => new ItemPart(path, own.Count > 0 ? own : meters, has)));
            part.Finish();
        }
        if (parts.Count > 0 && node.At("items") is not null) node.Fault("items", "stand in the parts where there are some");
        return parts.Count > 0 ? parts : Paths(node).Select(path => new ItemPart(path, meters, null));
    }

    static IEnumerable<ItemPath> Paths(DefinitionNode node)
    {
        var texts = DialectFile.Texts(node, "items");
        foreach (var text in texts.Count > 0 ? texts : ["."])
        {
            if (ItemPath.Parse(text) is { } path) yield return path;
            else node.Fault("items", $"'{text}' must be a path such as devices[].services[] or params.em:{{n}}");
        }
    }

    public static IEnumerable<FieldMatch> Matches(DefinitionNode node, string key)
    {
        if (node.Child(key) is not { } match) yield break;
        foreach (var (field, _) in node.Entries(key)) yield return new FieldMatch(new FieldPath(field), DialectFile.Texts(match, field));
    }

    static TextTemplate? Template(DefinitionNode node, string key)
    {
        if (node.OptionalText(key) is not { } text) return null;
        if (TextTemplate.Parse(text) is { } template) return template;
        node.Fault(key, $"the braces of '{text}' do not fit");
        return null;
    }

    static Dictionary<string, T> Names<T>() where T : struct, Enum =>
        Enum.GetValues<T>().ToDictionary(value => value.ToString().ToLowerInvariant());
}
