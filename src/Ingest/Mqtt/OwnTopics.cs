using System.Text;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// What a gateway may publish to: <c>energywatch/v1/{its code}/…</c> and nothing else. Compared as bytes and literally:
/// whatever stands in its code or user name or client id, no pattern is made of it.
/// </summary>
sealed record OwnTopics(byte[] Prefix, byte[] Readings)
{
    const string Root = "energywatch/v1/";
    const string ReadingsLevel = "/readings";

    /// <summary>Filter of the readings topics of all gateways.</summary>
    public const string ReadingsOfAll = Root + "+" + ReadingsLevel;

    public static OwnTopics Of(Gateway gateway) =>
        new(Encoding.UTF8.GetBytes($"{Root}{gateway.Code}/"), Encoding.UTF8.GetBytes(ReadingsOf(gateway)));

    public static string AllOf(Gateway gateway) => $"{Root}{gateway.Code}/#";

    public static string ReadingsOf(Gateway gateway) => $"{Root}{gateway.Code}{ReadingsLevel}";

    /// <summary>The gateway code in a readings topic; empty where this is none.</summary>
    public static ReadOnlySpan<byte> GatewayIn(ReadOnlySpan<byte> topic)
    {
        if (topic.Length <= Root.Length + ReadingsLevel.Length) return [];
        if (!topic.StartsWith("energywatch/v1/"u8) || !topic.EndsWith("/readings"u8)) return [];
        var code = topic[Root.Length..^ReadingsLevel.Length];
        return code.Contains((byte)'/') ? [] : code;
    }
}
