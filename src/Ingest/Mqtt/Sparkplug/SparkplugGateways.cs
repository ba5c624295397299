using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Text;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// Which edge nodes are gateways of ours, by <c>{group}/{edge node}</c>. Built once for each registry version.
/// </summary>
sealed class SparkplugGateways
{
    const int LongestName = 512;

    static readonly ConditionalWeakTable<RegistrySnapshot, SparkplugGateways> All = [];

    readonly FrozenDictionary<string, string> _codes;

    SparkplugGateways(RegistrySnapshot registry) => _codes = registry.Gateways
        .Where(gateway => gateway is { Kind: GatewayKind.Mqtt, Dialect: SparkplugDialect.Known })
        .ToFrozenDictionary(gateway => gateway.Username, gateway => gateway.Code);

    public static SparkplugGateways Of(RegistrySnapshot registry) =>
        All.GetValue(registry, static key => new SparkplugGateways(key));

    public bool IsAny => _codes.Count > 0;

    /// <summary>Code of the gateway, or null.</summary>
    public string? Find(in SparkplugTopic topic)
    {
        if (topic.Group.Length + topic.EdgeNode.Length >= LongestName) return null;
        Span<char> name = stackalloc char[LongestName];
        var length = Encoding.UTF8.GetChars(topic.Group, name);
        name[length++] = '/';
        length += Encoding.UTF8.GetChars(topic.EdgeNode, name[length..]);
        return _codes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name[..length], out var code) ? code : null;
    }
}
