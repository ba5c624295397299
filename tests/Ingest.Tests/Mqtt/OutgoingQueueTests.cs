using System.Buffers;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class OutgoingQueueTests
{
    static readonly ClientLimits Limits = new(MqttVersion.V5, 2, 1_000_000);

    readonly TestClock _clock = new();

    [Fact]
    public void What_was_sent_counts_until_it_is_acknowledged()
    {
        var queue = Queue(new MqttOptions { QueuedBytes = 5_000 });
        var attachment = queue.Attach(Limits);
        Assert.True(Offer(queue, 4_000));
        queue.Write(attachment, new ArrayBufferWriter<byte>());
        Assert.False(Offer(queue, 4_000));
        queue.Acknowledge(attachment, new AckPacket(PacketType.PubAck, 1));
        Assert.Equal((0, 0L), (queue.Count, queue.Bytes));
        Assert.True(Offer(queue, 4_000));
        Assert.False(Offer(queue, 1_000, qos: 0));
    }

    [Fact]
    public void Expired_messages_keep_nothing_out()
    {
        var queue = Queue(new MqttOptions { MaxQueued = 3 });
        Assert.True(Offer(queue, 1, seconds: 5));
        Assert.True(Offer(queue, 2));
        Assert.True(Offer(queue, 3, seconds: 9));
        Assert.False(Offer(queue, 4));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(Offer(queue, 5));
        Assert.False(Offer(queue, 6));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(Offer(queue, 7));
        Assert.Equal([2, 5, 7], Sent(queue));
        Assert.Equal(0, Queue(new MqttOptions()).Bytes);
    }

    [Fact]
    public void Message_that_is_larger_than_the_client_takes_is_left_out_and_holds_no_room()
    {
        var queue = Queue(new MqttOptions());
        Offer(queue, 1);
        Offer(queue, 500);
        Offer(queue, 2);
        var attachment = queue.Attach(Limits with { PacketBytes = 300 });
        Assert.Equal([1, 2], Sent(queue, attachment));
        foreach (ushort id in (ushort[])[1, 2]) queue.Acknowledge(attachment, new AckPacket(PacketType.PubAck, id));
        Assert.Equal((0, 0L), (queue.Count, queue.Bytes));
    }

    // Whoever publishes must not wait until a subscriber's packets are copied.
    [Fact]
    public void Offer_does_not_wait_while_packets_are_written()
    {
        var queue = Queue(new MqttOptions());
        var attachment = queue.Attach(Limits);
        Offer(queue, 1);
        var output = new BusyOutput(() => Offer(queue, 2));
        queue.Write(attachment, output);
        Assert.True(output.WasFree);
    }

    // A client may answer what it can guess before it is written: what is written is what was taken.
    [Fact]
    public void Answer_that_comes_too_early_does_not_change_what_is_written()
    {
        var queue = Queue(new MqttOptions());
        var attachment = queue.Attach(Limits);
        Offer(queue, 1, qos: 2);
        var output = new BusyOutput(() => queue.Acknowledge(attachment, new AckPacket(PacketType.PubRec, 1)));
        queue.Write(attachment, output);
        Assert.Equal(0x34, output.Written[0]);
    }

    [Fact]
    public void Order_of_arrival_is_kept_between_qos_0_and_the_others_while_there_is_room()
    {
        var queue = Queue(new MqttOptions());
        var attachment = queue.Attach(Limits);
        for (var i = 1; i <= 5; i++) Offer(queue, i, qos: i % 2);
        // Two are in flight; then only QoS 0 goes on.
        Assert.Equal([1, 2, 3, 4], Sent(queue, attachment));
        queue.Acknowledge(attachment, new AckPacket(PacketType.PubAck, 1));
        Assert.Equal([5], Sent(queue, attachment));
    }

    [Fact]
    public void One_write_holds_a_bounded_part()
    {
        var queue = Queue(new MqttOptions());
        var attachment = queue.Attach(Limits with { InFlight = 1_000 });
        for (var i = 0; i < 6; i++) Offer(queue, 30_000);
        var output = new ArrayBufferWriter<byte>();
        Assert.True(queue.Write(attachment, output));
        Assert.InRange(output.WrittenCount, 64 * 1024, 94 * 1024);
        Assert.True(queue.Write(attachment, output));
        Assert.InRange(output.WrittenCount, 180_000, 181_000);
        Assert.False(queue.Write(attachment, output));
    }

    [Fact]
    public async Task Ring_is_heard_once_whether_it_comes_before_the_wait_or_in_it()
    {
        var attachment = new Attachment(Limits);
        await attachment.WaitAsync();
        var waiting = attachment.WaitAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        attachment.Ring();
        await waiting.WaitAsync(Eventually.Soon());
        attachment.Ring();
        attachment.Ring();
        Assert.True(attachment.WaitAsync().AsTask().IsCompletedSuccessfully);
        waiting = attachment.WaitAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        attachment.End(new CancellationToken(canceled: true));
        attachment.Ring();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attachment.WaitAsync().AsTask());
    }

    [Fact]
    public async Task Messages_offered_while_the_sender_sleeps_and_wakes_are_all_sent()
    {
        var queue = Queue(new MqttOptions { MaxQueued = 1_000_000, QueuedBytes = int.MaxValue, QueuedBytesPerGateway = int.MaxValue });
        var attachment = queue.Attach(Limits);
        var written = new ArrayBufferWriter<byte>();
        var sending = Task.Run(async () =>
        {
            while (written.WrittenCount < 100_000 * 7)
            {
                await attachment.WaitAsync();
                while (queue.Write(attachment, written)) { }
            }
        });
        for (var i = 0; i < 100_000; i++) Offer(queue, 1, qos: 0);
        await sending.WaitAsync(Eventually.Soon());
        Assert.Equal(100_000 * 7, written.WrittenCount);
    }

    OutgoingQueue Queue(MqttOptions options) =>
        new(options, new ExchangeBounds(options).Of("GW-01"), _clock);

    bool Offer(OutgoingQueue queue, int bytes, int qos = 1, int? seconds = null) => queue.Offer(new Copy(
        new ClientMessage(new SessionKey("GW-01", "p"), "t"u8.ToArray(), new byte[bytes], qos, false)
        {
            ExpiresAt = _clock.GetTimestamp() + seconds * _clock.TimestampFrequency,
        },
        qos, false, default));

    List<int> Sent(OutgoingQueue queue, Attachment? attachment = null)
    {
        var output = new ArrayBufferWriter<byte>();
        attachment ??= queue.Attach(Limits with { InFlight = 100 });
        while (queue.Write(attachment, output)) { }
        var all = new ReadOnlySequence<byte>(output.WrittenMemory);
        var sizes = new List<int>();
        while (MqttFraming.TryRead(ref all, int.MaxValue, MqttVersion.V5, out var frame))
            sizes.Add(PublishPacket.Read(frame.Flags, frame.Contiguous(), MqttVersion.V5).Payload.Length);
        return sizes;
    }

    /// <summary>Lets another thread at the queue while it is written to.</summary>
    sealed class BusyOutput(Action meanwhile) : IBufferWriter<byte>
    {
        readonly ArrayBufferWriter<byte> _written = new();

        public bool WasFree { get; private set; }
        public ReadOnlySpan<byte> Written => _written.WrittenSpan;

        public void Advance(int count) => _written.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0) => _written.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0)
        {
            var other = new Thread(() => meanwhile());
            other.Start();
            WasFree = other.Join(TimeSpan.FromSeconds(5));
            return _written.GetSpan(sizeHint);
        }
    }
}
