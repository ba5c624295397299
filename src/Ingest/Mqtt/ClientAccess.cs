using System.Text;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Who logged in, and which topics it may use: <c>energywatch/v1/{its code}/…</c> and what the rules add. Anything else
/// is denied. An anonymous client of an open test may use any topic but those of the server, and none carries readings.
/// </summary>
sealed class ClientAccess
{
    readonly OwnTopics? _own;
    readonly byte[][] _names;
    readonly List<string> _publish = [];
    readonly List<string> _subscribe = [];
    readonly List<string> _denied = [];
    readonly bool _deliversNothing;

    /// <param name="gateway">Null for an anonymous client of an open test.</param>
    /// <param name="dialect">What the gateway speaks beside our own format; null where it speaks nothing else.</param>
    public ClientAccess(
        Gateway? gateway, string clientId, IReadOnlyList<TopicRule> rules, IDialect? dialect = null)
    {
        (Gateway, Dialect) = (gateway, dialect);
        _names = gateway is null ? [] : [Encoding.UTF8.GetBytes(gateway.Username), Encoding.UTF8.GetBytes(gateway.Code)];
        if (gateway is not null && dialect is not null) _subscribe.AddRange(dialect.Downward(gateway));
        if (gateway is not null)
        {
            _own = OwnTopics.Of(gateway);
            _subscribe.Add(OwnTopics.AllOf(gateway));
        }
        foreach (var rule in rules)
        {
            if (rule.For(Owner, gateway?.Username, clientId) is not { } filter) continue;
            if (rule.Verb is TopicVerb.Publish or TopicVerb.Both) _publish.Add(filter);
            if (rule.Verb is TopicVerb.Subscribe or TopicVerb.Both) _subscribe.Add(filter);
            if (rule.Verb is TopicVerb.Deny) _denied.Add(filter);
        }
        _deliversNothing = _own is null || IsDenied(_own.Readings);
    }

    /// <summary>The gateway as it was when it logged in.</summary>
    public Gateway? Gateway { get; }

    public IDialect? Dialect { get; }

    /// <summary>Code of the gateway; empty for an anonymous client.</summary>
    public string Owner => Gateway?.Code ?? "";

    public bool IsAnonymous => Gateway is null;

    /// <summary>Filters of what it may neither publish nor see.</summary>
    public IReadOnlyList<string> Denied => _denied;

    /// <summary>Where the gateway's readings go, as bytes and for people.</summary>
    public string ReadingsTopic => Gateway is null ? "energywatch/v1/{gateway}/readings" : OwnTopics.ReadingsOf(Gateway);

    /// <summary>
    /// Code of the gateway whose readings the topic carries; null where it carries none. Readings are a gateway's own:
    /// whoever proved to be none has none to be stored.
    /// </summary>
    public string? ReadingsIn(ReadOnlySpan<byte> topic) =>
        !_deliversNothing && topic.SequenceEqual(_own!.Readings) ? Owner : null;

    /// <summary>True where the topic is one of the gateway's dialect, and names it or none.</summary>
    public bool Speaks(ReadOnlySpan<byte> topic) => Speaks(topic, out _);

    /// <param name="isItsOwn">True where the topic names the gateway; else others may have a topic of the same
    /// name.</param>
    public bool Speaks(ReadOnlySpan<byte> topic, out bool isItsOwn)
    {
        isItsOwn = false;
        if (Dialect is null || !Dialect.Claims(topic, out var named)) return false;
        isItsOwn = !named.IsEmpty;
        return (named.IsEmpty || named.SequenceEqual(_names[0]) || named.SequenceEqual(_names[1])) && !IsDenied(topic);
    }

    bool IsDenied(ReadOnlySpan<byte> topic)
    {
        if (_denied.Count == 0) return false;
        var name = Encoding.UTF8.GetString(topic);
        return _denied.Exists(filter => MqttTopic.Covers(filter, name));
    }

    /// <summary>Compared as bytes and literally: whatever stands in its code, no pattern is made of it.</summary>
    public bool MayPublish(ReadOnlySpan<byte> topic)
    {
        if (_own is not null && _denied.Count == 0 && topic.StartsWith(_own.Prefix)) return true;
        if (Speaks(topic)) return true;
        if (_own is not null && _publish.Count == 0 && !topic.StartsWith(_own.Prefix)) return false;
        var name = Encoding.UTF8.GetString(topic);
        if (_denied.Exists(filter => MqttTopic.Covers(filter, name)) || IsOfServer(name)) return false;
        return _own is null || topic.StartsWith(_own.Prefix) || _publish.Exists(filter => MqttTopic.Covers(filter, name));
    }

    public bool MaySubscribe(string filter)
    {
        if (_denied.Exists(denied => MqttTopic.Covers(denied, filter))) return false;
        return _own is null || _subscribe.Exists(allowed => MqttTopic.Covers(allowed, filter));
    }

    static bool IsOfServer(string topic) =>
        topic.StartsWith("$SYS/", StringComparison.Ordinal) || topic.StartsWith("$share/", StringComparison.Ordinal);
}
