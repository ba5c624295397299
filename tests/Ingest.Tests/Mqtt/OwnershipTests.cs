using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>
/// The worst a pooled message could do is to become another one while the sink still looks at it. Many connections share
/// the pools, tickets complete late and in any order, connections die with messages in the sink: whatever the sink holds
/// must be to the last byte what it was when it was put, and each sender must hear its own verdicts in its own order.
/// </summary>
public sealed class OwnershipTests
{
    const int Connections = 6;
    const int Messages = 600;

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public async Task What_the_sink_holds_stays_what_it_was_and_each_sender_hears_its_own_verdicts(int seed)
    {
        using var ending = new CancellationTokenSource();
        var sink = new LookingSink(seed);
        var looking = Task.Run(() => sink.LookAsync(ending.Token));
        var sending = Task.WhenAll(Enumerable.Range(0, Connections).Select(
            i => Task.Run(() => new Sender(i, seed, sink).RunAsync(ending.Token))));
        await Eventually.EndsAsync(sending, () => sink.Taken, ending);
        var heard = await sending;
        await ending.CancelAsync();
        await looking;
        sink.LookAtAll();
        Assert.Empty(sink.Faults);
        Assert.True(sink.Together > Messages / 10, $"Hardly anything shared a ticket: {sink.Together}");
        Assert.True(heard.Sum(one => one.Whole) > 0 && heard.Sum(one => one.Broken) > 0, string.Join(' ', heard));
    }

    /// <summary>One connection after the other of one gateway, some of which are broken off.</summary>
    sealed class Sender(int number, int seed, LookingSink sink)
    {
        static readonly MqttIntake Intake = new(
            new FixedRegistry(Some.Registry()), Some.Calendar,
            new FieldStateRecorder(
                new ListenerUnderTest.KeptStates(), new PipelineOptions(), TimeProvider.System,
                new LogProbe().For<FieldStateRecorder>()));

        readonly Random _random = new(seed * 100 + number);
        int _sent;

        public async Task<(int Whole, int Broken)> RunAsync(CancellationToken stop)
        {
            var (whole, broken) = (0, 0);
            while (_sent < Messages)
            {
                var isWhole = _random.Next(4) > 0;
                await ConnectAsync(isWhole, stop);
                if (isWhole) whole++;
                else broken++;
            }
            return (whole, broken);
        }

        async Task ConnectAsync(bool isWhole, CancellationToken stop)
        {
            using var metrics = new MqttMetrics();
            using var working = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var flow = new MqttFlow(metrics, []);
            var written = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
            var deliveries = new Deliveries(
                MqttVersion.V5, new InFlightWindow(64, 1 << 20), new MqttOutput(written.Writer, flow), flow);
            var running = deliveries.RunAsync(sink, Intake.PutAsync, Settle, working.Token);
            var expected = new List<(int Id, byte Code)>();
            for (var count = _random.Next(1, 300); count > 0; count--)
            {
                var isPoison = _random.Next(10) == 0;
                var id = expected.Count % 60_000 + 1;
                expected.Add((id, isPoison ? (byte)0x99 : (byte)0));
                // Version 5 ends a connection that goes beyond its window: wait, as a sender would.
                while (deliveries.Count >= 64) await TurnAsync(running, stop);
                var delivery = Of(id, isPoison);
                Assert.True(deliveries.TryBegin(delivery));
                if (!deliveries.TryAdd(delivery)) await deliveries.AddWhenRoomAsync(delivery, stop);
                if (_random.Next(8) == 0) deliveries.Show();
                if (deliveries.Count >= 63) deliveries.Show();
            }
            deliveries.Show();
            if (isWhole)
            {
                deliveries.Complete();
                await running;
            }
            else
            {
                await working.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
            }
            await written.Writer.CompleteAsync();
            var answers = Answers((await written.Reader.ReadAtLeastAsync(int.MaxValue, stop)).Buffer);
            Assert.Equal(expected.Take(isWhole ? expected.Count : answers.Count), answers);
        }

        // A connection that has failed would never make room.
        static async Task TurnAsync(Task running, CancellationToken stop)
        {
            stop.ThrowIfCancellationRequested();
            if (running.IsCompleted) await running;
            await Task.Yield();
        }

        Delivery Of(int id, bool isPoison)
        {
            var value = number * 1_000_000 + _sent++;
            var text = isPoison
                ? string.Create(CultureInfo.InvariantCulture, $"poison {value}") + new string('x', _random.Next(100))
                : string.Create(CultureInfo.InvariantCulture, $$$"""{"meter":"M-0001","values":{"power":{{{value}}},"flow":{{{value}}}}}""");
            var packet = new ArrayBufferWriter<byte>();
            new PublishPacket("t"u8.ToArray(), Encoding.UTF8.GetBytes(text), 1, (ushort)id).Write(packet, MqttVersion.V5);
            var bytes = new ReadOnlySequence<byte>(packet.WrittenMemory);
            Assert.True(MqttFraming.TryRead(ref bytes, 1000, MqttVersion.V5, out var frame));
            var delivery = Delivery.Pool.Get();
            delivery.Fill(frame, MqttVersion.V5, Some.At("2026-03-17T06:52:00Z"));
            delivery.Gateway = "GW-01";
            return delivery;
        }

        static void Settle(Delivery delivery, IngestReceipt? receipt)
        {
            if (receipt!.Quarantined.Count > 0) delivery.Verdict = delivery.VerdictInQuarantine;
        }

        static List<(int Id, byte Code)> Answers(ReadOnlySequence<byte> bytes)
        {
            var answers = new List<(int, byte)>();
            while (MqttFraming.TryRead(ref bytes, 1000, MqttVersion.V5, out var frame))
            {
                var ack = AckPacket.Read(frame.Type, frame.Contiguous(), MqttVersion.V5);
                answers.Add((ack.PacketId, (byte)ack.Reason));
            }
            return answers;
        }
    }

    /// <summary>Holds what it is given for a while, and looks whether it changed.</summary>
    sealed class LookingSink(int seed) : IReadingSink
    {
        readonly ConcurrentDictionary<int, Held> _held = new();
        int _last;
        int _together;

        public ConcurrentQueue<string> Faults { get; } = new();

        /// <summary>Tickets so far.</summary>
        public long Taken => Volatile.Read(ref _last);

        /// <summary>Messages that shared a ticket.</summary>
        public int Together => _together;

        public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop) =>
            PutAllAsync([batch], stop);

        public ValueTask<Task<IngestReceipt>> PutAllAsync(IReadOnlyList<IngestBatch> batches, CancellationToken stop)
        {
            if (batches.Count > 1) Interlocked.Add(ref _together, batches.Count);
            var held = new Held(batches);
            _held[Interlocked.Increment(ref _last)] = held;
            return ValueTask.FromResult(held.Ticket.Task);
        }

        public async Task LookAsync(CancellationToken stop)
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
            {
                foreach (var (number, held) in _held.ToArray())
                {
                    Look(held);
                    if (random.Next(3) > 0 || !_held.TryRemove(number, out _)) continue;
                    held.Ticket.TrySetResult(held.Receipt());
                }
                await Task.Yield();
            }
        }

        public void LookAtAll()
        {
            foreach (var held in _held.Values) Look(held);
        }

        void Look(Held held)
        {
            if (held.Changed() is { } change) Faults.Enqueue(change);
        }
    }

    sealed class Held(IReadOnlyList<IngestBatch> batches)
    {
        readonly string[] _before = [.. batches.Select(Text)];

        public TaskCompletionSource<IngestReceipt> Ticket { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IngestReceipt Receipt() => IngestReceipt.Of([.. batches.Select(batch => new IngestReceipt(
            batch.Received, batch.Readings.Count, [.. batch.Refusals]))]);

        public string? Changed()
        {
            string[] now = [.. batches.Select(Text)];
            return now.SequenceEqual(_before) ? null : $"{string.Join('|', _before)} became {string.Join('|', now)}";
        }

        static string Text(IngestBatch batch) => string.Join(
            ' ', batch.Source, batch.ArrivedAt, batch.Format, Encoding.UTF8.GetString(batch.Payload.Span), batch.Unlisted,
            string.Join(',', batch.Readings.Select(reading => $"{reading.Series.Quantity} {reading.Value:R}")),
            string.Join(',', batch.Indexes), string.Join(',', batch.Refusals.Select(refusal => refusal.Detail)));
    }
}
