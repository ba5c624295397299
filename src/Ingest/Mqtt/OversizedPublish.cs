using System.Buffers;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// A message larger than we take, on its way past: only its head is kept. A 3.1.1 broker knows no limit of ours; were
/// the connection closed over such a message, it would be the first to come again, for ever.
/// </summary>
sealed class OversizedPublish(MqttHeader header)
{
    // Topic with its length, packet identifier, and so much payload as the quarantine keeps.
    const int MostKept = 2 + ushort.MaxValue + 2 + QuarantinedPayload.MostBytes;

    readonly byte[] _head = new byte[Math.Min(header.Remaining, MostKept)];
    int _kept;
    long _left = header.Remaining;

    /// <summary>The packet as it was sent, headers included, in bytes.</summary>
    public long Total => header.Total;

    /// <summary>The packet, broken off after what is kept; once it is past.</summary>
    public MqttFrame Head => new(header.Type, header.Flags, new ReadOnlySequence<byte>(_head));

    /// <summary>Takes what there is of its body out of the buffer; true when that was the last of it.</summary>
    public bool Pass(ref ReadOnlySequence<byte> buffer)
    {
        var passing = Math.Min(buffer.Length, _left);
        var keeping = (int)Math.Min(passing, _head.Length - _kept);
        buffer.Slice(0, keeping).CopyTo(_head.AsSpan(_kept));
        _kept += keeping;
        _left -= passing;
        buffer = buffer.Slice(passing);
        return _left == 0;
    }
}
