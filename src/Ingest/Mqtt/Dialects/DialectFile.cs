using EnergyWatch.Ingest.Definitions;
using YamlDotNet.RepresentationModel;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>Reads one dialect file. The keys are described in <c>seeds/dialects/README.md</c>.</summary>
static class DialectFile
{
    const int Schema = 1;

    static readonly Dictionary<string, DialectEvidence> Proofs =
        Enum.GetValues<DialectEvidence>().ToDictionary(proof => proof.ToString().ToLowerInvariant());

    static readonly Dictionary<string, bool> Compressions = new() { ["none"] = false, ["zlib"] = true };

    /// <summary>The dialect, or null with at least one fault added.</summary>
    public static FileDialect? Read(string file, TextReader text, List<DefinitionFault> faults)
    {
        var before = faults.Count;
        if (DefinitionText.Root(file, text, "dialect", faults) is not { } node) return null;
        var dialect = Dialect(node, file);
        if (faults.Count == before) faults.AddRange(DialectSelfTests.Faults(dialect));
        return faults.Count == before ? new FileDialect(dialect) : null;
    }

    static DialectText Dialect(DefinitionNode node, string file)
    {
        node.Whole("schema", Schema, Schema);
        var shared = new SharedKeys(
            node.Child("keys") is { } keys ? KeyKeys.Map(node, keys) : null, MessageKeys.Time(node), MessageKeys.Meters(node));
        var dialect = new DialectText
        {
            Name = Name(node),
            Version = (int)node.Whole("version", 1, int.MaxValue),
            Title = node.Text("title"),
            Source = node.Text("source"),
            Evidence = node.OneOf("evidence", Proofs),
            Notes = node.OptionalText("notes"),
            Zone = Zone(node),
            Unfolds = node.OneOf("compression", Compressions, false),
            Messages = [.. node.Children("messages").Select(message => MessageKeys.Message(message, shared))],
            Downward = [.. Patterns(node, "downward").Where(pattern => NamesGateway(node, pattern))],
            Tests = [.. node.Children("tests").Select(TestKeys.Test)],
            File = file,
        };
        if (dialect.Messages.Count == 0) node.Fault("messages", "there must be at least one");
        node.Finish();
        return dialect;
    }

    // As a code of the registry: it stands in its tables and in the quarantine.
    static string Name(DefinitionNode node)
    {
        var name = node.Text("name");
        if (!name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_'))
            node.Fault("name", "must be made of small letters, digits, - and _");
        return name;
    }

    static TimeZoneInfo? Zone(DefinitionNode node)
    {
        if (node.OptionalText("zone") is not { } name || name == "reporting") return null;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)) return zone;
        node.Fault("zone", "must be 'reporting' or an IANA time zone such as Asia/Shanghai");
        return null;
    }

    /// <summary>Topic patterns: one text, or a list of them.</summary>
    public static IEnumerable<TopicPattern> Patterns(DefinitionNode node, string key)
    {
        foreach (var text in Texts(node, key))
        {
            if (TopicPattern.Parse(text, out var fault) is { } pattern) yield return pattern;
            else node.Fault(key, $"'{text}' {fault}");
        }
    }

    // What a gateway subscribes to is its own, or it would hear its neighbours' commands.
    static bool NamesGateway(DefinitionNode node, TopicPattern pattern)
    {
        if (pattern.GatewayLevel >= 0) return true;
        node.Fault("downward", $"'{pattern}' must hold {{gateway}}: else each gateway would hear what is meant for another");
        return false;
    }

    /// <summary>One text, or a list of texts; empty where the key is absent.</summary>
    public static IReadOnlyList<string> Texts(DefinitionNode node, string key) => node.At(key) switch
    {
        null => [],
        YamlScalarNode { Value: { } text } => [text],
        _ => node.Texts(key),
    };
}

/// <summary>What messages take over from their dialect where they say nothing themselves.</summary>
sealed record SharedKeys(KeyMap? Keys, TimeRule? Time, IReadOnlyList<MeterName> Meters);
