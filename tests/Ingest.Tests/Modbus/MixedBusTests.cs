using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Meters of three protocols behind one serial server, polled by one loop, each in its own slots.</summary>
public sealed class MixedBusTests
{
    const ulong Electricity = 0x000000000161;
    const ulong Silent = 0x000000000162;
    const ulong Water = 0x78330011223344;
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);

    readonly PollBench _bench = new();
    readonly BusMeters _meters = new()
    {
        Items = { [(Electricity, 0x00010000)] = "78563412", [(Electricity, 0x02010100)] = "0122", [(Water, 0x901F)] = "007766552C007766552C310122110515202184" },
    };

    [Fact]
    public async Task Modbus_DLT645_and_CJT188_meters_of_one_bus_are_all_read_in_their_slots_and_a_silent_one_disturbs_none()
    {
        using var stop = new CancellationTokenSource();
        var endpoint = new ModbusEndpoint("mixed", 4001, ModbusFraming.RtuOverTcp);
        await using var transport = new LineTransport(endpoint, new BusLink(AnswerOf), TimeSpan.FromSeconds(3), _bench.Clock);
        var outbox = new PollOutbox(_bench.Sink, _bench.Context);
        var loop = new EndpointLoop(
            new EndpointTarget(endpoint,
            [
                Target(1, 1, Models.Of("volume:7:uint16 flow:40:uint16")), Target(2, Electricity, Maps.Find("dlt645-2007")!),
                Target(3, Water, Maps.Find("cjt188-water")!), Target(4, 9, Models.Of("volume:90:uint16")),
                Target(5, Silent, Maps.Find("dlt645-2007")!),
            ]),
            transport, outbox, _bench.Context);
        // Off the test's context, what a timer wakes runs before the clock moves on: nothing here depends on the machine's pace.
        await Task.Run(async () =>
        {
            var running = loop.RunAsync(stop.Token);
            await _bench.PassAsync(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(30), waiting: 1);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        });
        foreach (var (meter, quantity, value) in ((int, Quantity, double)[])
            [(1, Quantity.Volume, 7), (1, Quantity.Flow, 40), (2, Quantity.EnergyImport, 123456.78), (2, Quantity.VoltageL1, 220.1), (3, Quantity.Volume, 556677), (4, Quantity.Volume, 90)])
        {
            var read = _bench.Sink.Readings.Where(reading => reading.Series == new SeriesKey(new MeterId(meter), quantity)).ToList();
            Assert.Equal(6, read.Count);
            Assert.All(read, reading => Assert.Equal(value, reading.Value));
            Assert.Equal(6, read.Select(reading => reading.At.UnixMilliseconds / 60_000).Distinct().Count());
        }
        Assert.DoesNotContain(_bench.Sink.Readings, reading => reading.Series.Meter.Value == 5);
        Assert.Contains("meter 000000000162: no answer within 2 s", (await _bench.StateAsync("GW-01", "M-5"))!.Fault, StringComparison.Ordinal);
        Assert.Null((await _bench.StateAsync("GW-01", "M-3"))!.Fault);
        _bench.Log.AssertNoErrors();
    }

    byte[]? AnswerOf(byte[] question) => question.AsSpan().IndexOf<byte>([0x68, 0x62, 0x01, 0, 0, 0, 0, 0x68]) >= 0 ? null : _meters.Answer(question);

    static MeterTarget Target(int id, ulong address, RegisterMap model) =>
        new(new MeterId(id), $"M-{id}", "GW-01", address, model, TimeSpan.FromMinutes(1));

    /// <summary>A line that answers at once or not at all; who waits on it goes on in the thread of what he waits for.</summary>
    sealed class BusLink(Func<byte[], byte[]?> answerOf) : ILink
    {
        byte[]? _unread;

        public bool IsOpen { get; private set; }
        public int Unread => _unread?.Length ?? 0;
        public bool IsGone => false;
        public bool ClosingHelps => true;
        public TimeSpan Silence => TimeSpan.Zero;

        public TimeSpan OnTheWire(int bytes) => TimeSpan.Zero;

        public ValueTask OpenAsync(CancellationToken stop)
        {
            IsOpen = true;
            return default;
        }

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
        {
            _unread = answerOf(bytes.ToArray());
            return default;
        }

        public async ValueTask<int> ReceiveAsync(Memory<byte> room, CancellationToken stop)
        {
            if (_unread is not { } bytes)
            {
                var never = new TaskCompletionSource();
                using var ended = stop.Register(() => never.TrySetCanceled(stop));
                await never.Task;
                return 0;
            }
            _unread = null;
            bytes.CopyTo(room);
            return bytes.Length;
        }

        public void Close() => (IsOpen, _unread) = (false, null);

        public ValueTask DisposeAsync() => default;
    }
}
