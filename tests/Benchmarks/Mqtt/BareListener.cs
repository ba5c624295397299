using System.Buffers;
using EnergyWatch.Ingest.Mqtt.Protocol;
using Microsoft.AspNetCore.Connections;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>The ceiling: a Kestrel connection that cuts packets and answers all of one read with one write, and no more.</summary>
sealed class BareListener : ConnectionHandler
{
    static long s_messages;

    public static long Messages => Interlocked.Read(ref s_messages);

    /// <summary><c>mqtt-bare</c>: as a process of its own. Says its port.</summary>
    public static async Task<int> RunAsync()
    {
        await using var listener = await BenchListener.StartAsync<BareListener>();
        Console.WriteLine(listener.Port);
        Console.ReadLine();
        return 0;
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        try
        {
            while (await input.ReadAsync() is { IsCompleted: false } result)
            {
                var buffer = result.Buffer;
                var messages = 0;
                while (MqttFraming.TryRead(ref buffer, 1 << 20, MqttVersion.V311, out var frame))
                {
                    if (frame.Type == PacketType.Connect) output.Write("\x20\x02\0\0"u8);
                    if (frame.Type != PacketType.Publish) continue;
                    messages++;
                    new AckPacket(PacketType.PubAck, IdOf(frame.Body)).Write(output, MqttVersion.V311);
                }
                input.AdvanceTo(buffer.Start, buffer.End);
                Interlocked.Add(ref s_messages, messages);
                await output.FlushAsync();
            }
        }
        catch (ConnectionResetException)
        {
            // The load is done.
        }
    }

    static ushort IdOf(in ReadOnlySequence<byte> body)
    {
        var reader = new SequenceReader<byte>(body);
        reader.TryReadBigEndian(out short topic);
        reader.Advance(topic);
        reader.TryReadBigEndian(out short id);
        return (ushort)id;
    }
}
