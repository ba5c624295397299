using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// The sending half of a connection. Answers of the read loop, acknowledgements and the last word of a closing
/// connection take turns here; each turn is one write to the socket, however many packets it holds.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore without a wait handle has nothing to free.")]
sealed class MqttOutput(PipeWriter writer, MqttFlow flow)
{
    readonly SemaphoreSlim _turn = new(1, 1);

    public async ValueTask SendAsync<T>(T packets, Action<IBufferWriter<byte>, T> write, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            write(writer, packets);
            flow.Sent(writer.UnflushedBytes);
            await writer.FlushAsync(stop);
        }
        finally
        {
            _turn.Release();
        }
    }

    public ValueTask PingAsync(PacketType type, CancellationToken stop) =>
        SendAsync(type, static (output, type) => MqttPing.Write(output, type), stop);
}
