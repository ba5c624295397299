using System.Globalization;
using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>What a host application says of itself on <c>spBv1.0/STATE/{host id}</c> (§6.4.26), as JSON.</summary>
readonly record struct HostState(bool IsOnline, long Timestamp)
{
    const int Deepest = 8;

    public static HostState Online(Instant since) => new(true, since.UnixMilliseconds);

    public static HostState Offline(Instant since) => new(false, since.UnixMilliseconds);

    public byte[] ToJson() => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{{\"online\":{(IsOnline ? "true" : "false")},\"timestamp\":{Timestamp}}}"));

    /// <summary>True where somebody says that the host is away. What is no such JSON says nothing.</summary>
    public static bool SaysOffline(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using var json = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = Deepest });
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("online"u8, out var online) && online.ValueKind == JsonValueKind.False;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
