using System.IO.Pipelines;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>CONNECT and CONNACK: who we are, how we want to speak, and on what terms the broker will.</summary>
sealed class BrokerGreeting(BrokerOptions broker, MqttVersion version, ClientParts parts)
{
    // The maximum packet size is not told on purpose: a broker drops what is larger in silence and counts it as
    // delivered. What is too large comes here instead, is shown, and its head is kept.
    public ConnectPacket Connect(bool isClean, bool forgets, MqttWill? will)
    {
        List<MqttProperty> asks = [new(PropertyId.ReceiveMaximum, (uint)broker.ReceiveMaximum)];
        if (!forgets) asks.Add(new(PropertyId.SessionExpiryInterval, (uint)broker.SessionExpiry.TotalSeconds));
        if (broker.TopicAliasMaximum > 0) asks.Add(new(PropertyId.TopicAliasMaximum, (uint)broker.TopicAliasMaximum));
        return new ConnectPacket
        {
            Version = version,
            CleanStart = isClean,
            KeepAlive = (ushort)broker.KeepAlive.TotalSeconds,
            ClientId = broker.ClientId,
            Username = broker.Username,
            Password = broker.Password is { } password
                ? Encoding.UTF8.GetBytes(password).AsMemory()
                : (ReadOnlyMemory<byte>?)null,
            Will = will,
            Properties = version == MqttVersion.V5 ? new MqttProperties(asks) : MqttProperties.None,
        };
    }

    /// <exception cref="BrokerRefusedException">It will not have us.</exception>
    /// <exception cref="OldBrokerException">It speaks no version 5.</exception>
    public async Task<BrokerTerms> HearAsync(PipeReader input, CancellationToken stop)
    {
        var answer = await ReadAsync(input, stop);
        if (answer.Code == 0) return BrokerTerms.Of(answer, version, broker.KeepAlive);
        if (version == MqttVersion.V5 && answer.Code
            is (byte)ReasonCode.UnsupportedProtocolVersion or ReturnCode311.UnacceptableProtocolVersion)
            throw new OldBrokerException($"It refuses version 5 with code {answer.Code}.");
        throw new BrokerRefusedException(
            $"CONNECT was refused with {Meaning(answer)}.", version == MqttVersion.V5
                ? (ReasonCode)answer.Code
                : ReasonCode.UnspecifiedError);
    }

    string Meaning(ConnAckPacket answer)
    {
        var meaning = $"code {answer.Code}";
        if (version != MqttVersion.V5 || answer.Code < 0x80) return $"{meaning} ({Meaning311(answer.Code)})";
        meaning += $" ({(ReasonCode)answer.Code})";
        if (answer.Properties.Text(PropertyId.ReasonString) is { } text) meaning += $", {Pipeline.Shown.Text(text)}";
        // Not followed: whoever can answer for a broker could send us and our password anywhere.
        if (answer.Properties.Text(PropertyId.ServerReference) is { } other)
            meaning += $"; it names {Pipeline.Shown.Text(other)} instead";
        return meaning;
    }

    // MQTT 3.1.1 §3.2.2.3
    static string Meaning311(byte code) => code switch
    {
        1 => "protocol version",
        2 => "client id rejected",
        3 => "server unavailable",
        4 => "bad user name or password",
        5 => "not authorized",
        _ => "unknown",
    };

    async Task<ConnAckPacket> ReadAsync(PipeReader input, CancellationToken stop)
    {
        while (true)
        {
            var result = await input.ReadAsync(stop);
            var buffer = result.Buffer;
            var before = buffer.Length;
            var examined = buffer.End;
            try
            {
                if (MqttFraming.TryRead(ref buffer, broker.MaxPacketBytes, version, out var frame))
                {
                    examined = buffer.Start;
                    return frame.Type == PacketType.ConnAck
                        ? ConnAckPacket.Read(frame.Contiguous(), version)
                        : throw MqttProtocolException.Protocol($"{frame.Type} before CONNACK.");
                }
            }
            finally
            {
                parts.Flow.Received(before - buffer.Length, 0);
                input.AdvanceTo(buffer.Start, examined);
            }
            if (result.IsCompleted) throw new BrokerMuteException("The broker closed before CONNACK.");
        }
    }
}
