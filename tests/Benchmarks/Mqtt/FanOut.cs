using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// One publisher and many subscribers of one topic: a batch goes out when the last subscriber has the one before. Prints
/// the seconds, the median and the 99th percentile of a batch in milliseconds, and the copies that are missing.
/// </summary>
static class FanOut
{
    public const int PayloadBytes = 100;

    public static async Task RunAsync(string what, int[] numbers)
    {
        var (port, count, batch, messages, qos) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
        var subscribers = new List<ExchangeClient>();
        for (var i = 1; i <= count; i++)
        {
            subscribers.Add(what == "bare" ? await ExchangeClient.BareAsync(port, 's') : await ExchangeClient.ConnectAsync(port, i));
            if (what != "bare") await subscribers[^1].SubscribeAsync("site/all", qos);
        }
        using var publisher = what == "bare" ? await ExchangeClient.BareAsync(port, 'p') : await ExchangeClient.ConnectAsync(port, 0);
        var counting = new Counting();
        var receiving = subscribers.Select(one => Task.Run(() => counting.ReceiveAsync(one, qos))).ToArray();
        await PublishAsync(publisher, counting, batch, Math.Max(batch, messages / 10), count, qos);
        Console.WriteLine("ready");
        Console.ReadLine();
        counting.Count = 0;
        var began = Stopwatch.GetTimestamp();
        var times = await PublishAsync(publisher, counting, batch, messages, count, qos);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{seconds} {times[times.Count / 2]} {times[times.Count * 99 / 100]} {(long)count * messages - counting.Count}"));
        foreach (var subscriber in subscribers) subscriber.Dispose();
        await Task.WhenAll(receiving);
    }

    static async Task<List<double>> PublishAsync(
        ExchangeClient publisher, Counting counting, int batch, int messages, int subscribers, int qos)
    {
        var times = new List<double>();
        var packets = new ArrayBufferWriter<byte>();
        for (var id = 1; id <= batch; id++)
            new PublishPacket("site/all"u8.ToArray(), new byte[PayloadBytes], qos, (ushort)(qos > 0 ? id : 0))
                .Write(packets, MqttVersion.V311);
        for (var sent = 0; sent < messages; sent += batch)
        {
            var began = Stopwatch.GetTimestamp();
            var all = counting.WhenAsync((long)batch * subscribers);
            await publisher.SendAsync(packets.WrittenMemory);
            if (qos > 0) await publisher.ReceiveAsync(4 * batch);
            await all;
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        return times;
    }

    sealed class Counting
    {
        TaskCompletionSource _reached = new();
        long _awaited;

        public long Count;

        /// <summary>Until so many more have come.</summary>
        public Task WhenAsync(long more)
        {
            _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _awaited, Volatile.Read(ref Count) + more);
            return _reached.Task;
        }

        // All of one length: header, topic, identifier, payload.
        public async Task ReceiveAsync(ExchangeClient client, int qos)
        {
            var length = 2 + 10 + (qos > 0 ? 2 : 0) + PayloadBytes;
            var (buffer, acks, held) = (new byte[length * 200], new byte[4 * 200], 0);
            try
            {
                while (await client.ReceiveAsync(buffer.AsMemory(held)) is > 0 and var more)
                {
                    held += more;
                    var whole = held / length;
                    for (var i = 0; i < whole && qos > 0; i++)
                    {
                        (acks[4 * i], acks[4 * i + 1]) = (0x40, 2);
                        var id = BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(i * length + 12));
                        BinaryPrimitives.WriteUInt16BigEndian(acks.AsSpan(4 * i + 2), id);
                    }
                    if (qos > 0 && whole > 0) await client.SendAsync(acks.AsMemory(0, 4 * whole));
                    buffer.AsSpan(whole * length, held - whole * length).CopyTo(buffer);
                    held -= whole * length;
                    if (Interlocked.Add(ref Count, whole) >= Volatile.Read(ref _awaited)) _reached.TrySetResult();
                }
            }
            catch (Exception exception) when (exception is System.Net.Sockets.SocketException or ObjectDisposedException)
            {
                // The load is over.
            }
        }
    }
}
