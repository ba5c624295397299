using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// The command that asks an edge node for all its births: NCMD with <c>Node Control/Rebirth</c> = true, QoS 0, not
/// retained, with a time and without a sequence number (tck-id-operational-behavior-data-commands-ncmd-rebirth-*,
/// tck-id-payloads-ncmd-*).
/// </summary>
static class RebirthRequest
{
    public static byte[] At(Instant now)
    {
        // 08 timestamp | 12 length of metric: 0a name | 18 timestamp | 20 datatype Boolean | 70 boolean_value true
        var name = "Node Control/Rebirth"u8;
        Span<byte> time = stackalloc byte[10];
        var width = WriteVarint(time, (ulong)now.UnixMilliseconds);
        var metric = 2 + name.Length + 1 + width + 4;
        byte[] bytes = [0x08, .. time[..width], 0x12, (byte)metric, 0x0a, (byte)name.Length, .. name,
            0x18, .. time[..width], 0x20, (byte)MetricType.Boolean, 0x70, 1];
        return bytes;
    }

    static int WriteVarint(Span<byte> into, ulong number)
    {
        var at = 0;
        for (; number > 0x7F; number >>= 7) into[at++] = (byte)(number | 0x80);
        into[at++] = (byte)number;
        return at;
    }
}
