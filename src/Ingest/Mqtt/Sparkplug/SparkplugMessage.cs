using System.Text;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>A message of an edge node, as it came.</summary>
/// <param name="Device">Empty where it is of the edge node itself.</param>
readonly record struct SparkplugMessage(
    MessageKind Kind, string Device, ReadOnlyMemory<byte> Payload, Instant ArrivedAt, int Qos = 0)
{
    /// <summary>The media type under which it is kept, so that it can be read again.</summary>
    public string FormatOf(EdgeNodeName node) =>
        DialectFormat.Of(SparkplugDialect.Known, Encoding.UTF8.GetBytes(SparkplugTopic.Of(node, Kind, Device)));

    public bool IsData => Kind is MessageKind.NodeData or MessageKind.DeviceData;

    public bool IsBirth => Kind is MessageKind.NodeBirth or MessageKind.DeviceBirth;

    /// <summary>The same message sent again has the same mark; another one does not, but once in 2^64.</summary>
    public ulong Mark
    {
        get
        {
            // FNV-1a, 64 bits.
            var mark = 14695981039346656037UL;
            foreach (var b in Payload.Span) mark = (mark ^ b) * 1099511628211UL;
            foreach (var c in Device) mark = (mark ^ c) * 1099511628211UL;
            return (mark ^ (byte)Kind) * 1099511628211UL;
        }
    }
}
