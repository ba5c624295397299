using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>The sending half of one connection, on the broker's terms. Lives as long as the connection.</summary>
sealed record BrokerLink(BrokerTerms Terms, MqttOutput Output, CancellationToken Ended)
{
    MqttVersion Version => Terms.Version;

    /// <summary>Whether its receiving half is listened to.</summary>
    public HoldBack HoldBack { get; } = new();

    /// <summary>Why the broker would not take such a message; success where it would.</summary>
    public ReasonCode Judge(in PublishPacket packet)
    {
        if (packet.Qos > Terms.MaximumQos) return ReasonCode.QosNotSupported;
        return packet.Retain && !Terms.TakesRetained ? ReasonCode.RetainNotSupported : ReasonCode.Success;
    }

    /// <summary>False where it is larger than the broker takes; then nothing was sent.</summary>
    public async ValueTask<bool> SendAsync(PublishPacket packet)
    {
        var sending = new Sending(packet, this);
        await Output.SendAsync(sending, static (output, work) => work.Write(output), Ended);
        return sending.Fits;
    }

    public ValueTask SendAsync(SubscribePacket packet) => Output.SendAsync(
        (packet, Version), static (output, work) => work.packet.Write(output, work.Version), Ended);

    public ValueTask SendAsync(UnsubscribePacket packet) => Output.SendAsync(
        (packet, Version), static (output, work) => work.packet.Write(output, work.Version), Ended);

    sealed class Sending(PublishPacket packet, BrokerLink link)
    {
        public bool Fits { get; private set; }

        public void Write(System.Buffers.IBufferWriter<byte> output) =>
            Fits = packet.TryWrite(output, link.Version, link.Terms.MaxPacketBytes);
    }
}
