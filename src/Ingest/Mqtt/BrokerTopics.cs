using System.Text;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Whose readings a topic of an outside broker carries. One look-up without a string; made again when the registry
/// changes.
/// </summary>
sealed class BrokerTopics(IRegistry registry)
{
    const int LongestCode = 256;

    long _version = -1;
    Dictionary<string, string> _codes = [];

    /// <summary>Code of the gateway, or null where the topic is no readings topic of a gateway of kind mqtt.</summary>
    public string? GatewayOf(ReadOnlySpan<byte> topic)
    {
        var code = OwnTopics.GatewayIn(topic);
        if (code.IsEmpty || code.Length > LongestCode) return null;
        if (registry.Current is var current && current.Version != _version) Remember(current);
        Span<char> chars = stackalloc char[LongestCode];
        var length = Encoding.UTF8.GetChars(code, chars);
        return _codes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars[..length], out var known)
            ? known
            : null;
    }

    void Remember(RegistrySnapshot snapshot)
    {
        var gateways = snapshot.Gateways.Where(gateway => gateway.Kind == GatewayKind.Mqtt);
        _codes = gateways.ToDictionary(gateway => gateway.Code, gateway => gateway.Code);
        _version = snapshot.Version;
    }
}
