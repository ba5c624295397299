using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>
/// Builds the body of a packet whose length is only known at its end, then writes header and body. For the packets of a
/// connection's beginning and end; publishes and acknowledgements know their length and are written in place.
/// </summary>
sealed class MqttBodyWriter
{
    readonly ArrayBufferWriter<byte> _body = new(64);

    public ReadOnlySpan<byte> Written => _body.WrittenSpan;

    public MqttBodyWriter Byte(byte value)
    {
        _body.GetSpan(1)[0] = value;
        _body.Advance(1);
        return this;
    }

    public MqttBodyWriter UInt16(int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_body.GetSpan(2), checked((ushort)value));
        _body.Advance(2);
        return this;
    }

    public MqttBodyWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_body.GetSpan(4), value);
        _body.Advance(4);
        return this;
    }

    public MqttBodyWriter VarInt(uint value)
    {
        _body.Advance(MqttFraming.WriteVarInt(_body.GetSpan(4), value));
        return this;
    }

    public MqttBodyWriter Raw(ReadOnlySpan<byte> bytes)
    {
        _body.Write(bytes);
        return this;
    }

    public MqttBodyWriter Binary(ReadOnlySpan<byte> bytes) => UInt16(bytes.Length).Raw(bytes);

    public MqttBodyWriter Text(string text) => Binary(Encoding.UTF8.GetBytes(text));

    /// <summary>The properties of a version 5 packet; nothing at all in 3.1.1.</summary>
    public MqttBodyWriter Properties(MqttProperties? properties, MqttVersion version)
    {
        if (version == MqttVersion.V5) (properties ?? MqttProperties.None).Write(this);
        return this;
    }

    public void WriteTo(IBufferWriter<byte> output, PacketType type, byte flags = 0)
    {
        var span = output.GetSpan(MqttFraming.MaxHeaderBytes);
        output.Advance(MqttFraming.WriteHeader(span, type, flags, _body.WrittenCount));
        output.Write(_body.WrittenSpan);
    }
}
