using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Modbus.Protocol;
using Xunit.Abstractions;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class PollCostTests(ITestOutputHelper output)
{
    const int Polls = 2000;

    [Fact]
    public async Task A_poll_of_60_registers_allocates_its_batch_and_nothing_else_to_speak_of()
    {
        var bench = new PollBench();
        var keys = Quantities.All.Take(30).Select((quantity, i) => $"{quantity.Key}:{2 * i}:uint16");
        var target = new MeterTarget(new MeterId(1), "M-1", "GW-01", 1, Models.Of(string.Join(' ', keys)), TimeSpan.FromSeconds(10));
        var meter = new PolledMeter(target, new ModbusEndpoint("cost", 502, ModbusFraming.Tcp), bench.Context);
        var poll = new MeterPoll(new AnswersAtOnce(), bench.Context);
        for (var i = 0; i < 100; i++) await OnceAsync();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Polls; i++) await OnceAsync();
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / Polls;
        output.WriteLine($"{each} B a poll of {poll.Readings.Count} readings");
        Assert.Equal(30, poll.Readings.Count);
        // The readings, which the pipeline keeps, and the batch around them.
        Assert.True(each <= 30 * System.Runtime.CompilerServices.Unsafe.SizeOf<Reading>() + 512, $"{each} B");

        async ValueTask OnceAsync()
        {
            await poll.RunAsync(meter, default);
            meter.Health.Answered();
            meter.PlanNext(bench.Context.Steady.Now);
            if (meter.Batch(poll.Readings, bench.Clock.Instant).Readings.Count != 30) throw new InvalidOperationException("not all points");
        }
    }

    sealed class AnswersAtOnce : IModbusTransport
    {
        static readonly byte[] Zeros = new byte[250];

        public ValueTask<ModbusAnswer> AskAsync(MeterRequest request, ModbusTiming timing, CancellationToken stop) =>
            new(new ModbusAnswer(new(1_800_000_000_000), ModbusExceptionCode.None, Zeros.AsMemory(0, 2 * request.Count)));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
