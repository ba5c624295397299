using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>What a topic rule is about.</summary>
enum TopicVerb { Publish, Subscribe, Both, Deny }

/// <summary>
/// What a gateway may do besides its own topics: <c>{gateway or *} {publish|subscribe|both|deny} {filter}</c>, with %u
/// for its user name and %c for its client id. That is the client's own choice and proves nothing: a rule for all must
/// hold it beside a level of its own, %u. A deny has neither, since it would not hold where it cannot be filled in. A
/// name that could be taken for a pattern is never put in: the rule then does not hold for that client (CVE-2017-7650).
/// </summary>
sealed record TopicRule(string Gateway, TopicVerb Verb, string Filter)
{
    public const string Form =
        "{gateway or *} {publish|subscribe|both|deny} {topic filter}; %u and %c not with deny, "
        + "%c with * only beside a level %u";

    public static TopicRule? Parse(string text)
    {
        var parts = text.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // Letters only: a number or a list of verbs is none.
        return parts.Length == 3 && parts[1].All(char.IsAsciiLetter)
            && Enum.TryParse<TopicVerb>(parts[1], ignoreCase: true, out var verb) && MqttTopic.IsFilter(parts[2])
            && IsSafe(parts[0], verb, parts[2])
            ? new TopicRule(parts[0], verb, parts[2])
            : null;
    }

    static bool IsSafe(string gateway, TopicVerb verb, string filter)
    {
        var hasClientId = filter.Contains("%c", StringComparison.Ordinal);
        if (verb == TopicVerb.Deny) return !hasClientId && !filter.Contains("%u", StringComparison.Ordinal);
        return !hasClientId || gateway is not "*" || filter.Split('/').Contains("%u");
    }

    /// <summary>The filter as it holds for this client; null where it does not.</summary>
    public string? For(string gateway, string? username, string clientId)
    {
        if (Gateway is not "*" && Gateway != gateway) return null;
        if (Filter.Contains("%u", StringComparison.Ordinal) && !IsLiteral(username)) return null;
        if (Filter.Contains("%c", StringComparison.Ordinal) && !IsLiteral(clientId)) return null;
        // Level by level: what is put in is never looked at again.
        return string.Join('/', Filter.Split('/').Select(level => string.Concat(level.Split("%u").Select(
            (part, i) => (i > 0 ? username : "") + part.Replace("%c", clientId, StringComparison.Ordinal)))));
    }

    static bool IsLiteral(string? name) => name is { Length: > 0 } && name.AsSpan().IndexOfAny("+#/$\0") < 0;
}
