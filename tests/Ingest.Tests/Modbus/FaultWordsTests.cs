using System.Net;
using System.Net.Sockets;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Polling;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>What an officer reads of a meter that cannot be read, over a connection and down to the field state.</summary>
public sealed class FaultWordsTests
{
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);
    readonly PollBench _bench = new();

    [Theory]
    [InlineData(ModbusFraming.Tcp, "exception", "unit 1, holding register 0: exception 4: the meter failed while it answered")]
    [InlineData(ModbusFraming.Tcp, "gateway", "exception 11: the meter does not answer its gateway")]
    [InlineData(ModbusFraming.Tcp, "unit", "the answer is of unit 2, asked was unit 1")]
    [InlineData(ModbusFraming.RtuOverTcp, "unit", "the answer is of unit 2, asked was unit 1")]
    [InlineData(ModbusFraming.RtuOverTcp, "check sum", "check sum")]
    [InlineData(ModbusFraming.Tcp, "close", "the connection")]
    [InlineData(ModbusFraming.Tcp, "silence", "unit 1: no answer within 1 s")]
    public async Task A_fault_is_told_in_words_and_the_meter_is_read_once_it_is_over(ModbusFraming framing, string fault, string words)
    {
        var isWrong = true;
        await using var server = new ScriptedServer(framing, (request, connection) =>
            isWrong ? DoAsync(fault, request, connection) : ScriptedServer.AnswerAsync(request, connection));
        await PollAsync(server.Endpoint, fault == "silence" ? server : null);
        var state = await StateAsync();
        Assert.Contains(words, state!.Fault, StringComparison.Ordinal);
        Assert.Equal(_bench.Clock.Instant, state.FaultAt);
        Assert.Empty(_bench.Sink.Readings);
        isWrong = false;
        await PollAsync(server.Endpoint, null);
        Assert.Single(_bench.Sink.Readings);
        Assert.NotNull((await StateAsync())!.LastSeen);
    }

    [Fact]
    public async Task A_connection_that_is_refused_is_told_of_the_gateway_and_of_the_meter()
    {
        using var closed = new Socket(SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await PollAsync(new ModbusEndpoint("127.0.0.1", ((IPEndPoint)closed.LocalEndPoint!).Port, ModbusFraming.Tcp), null);
        Assert.Contains("cannot be reached: Connection refused", (await StateAsync())!.Fault, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", (await _bench.StateAsync("GW-01", null))!.Fault, StringComparison.Ordinal);
    }

    // One poll by a loop of its own, as after a start.
    async Task PollAsync(ModbusEndpoint endpoint, ScriptedServer? silent)
    {
        using var stop = new CancellationTokenSource();
        await using var transport = LineTransport.Over(endpoint, TimeSpan.FromSeconds(3), _bench.Clock);
        var target = new MeterTarget(new MeterId(1), "M-1", "GW-01", 1, Models.Of("volume:0:uint16"), TimeSpan.FromHours(1));
        var loop = new EndpointLoop(new EndpointTarget(endpoint, [target]), transport, new PollOutbox(_bench.Sink, _bench.Context), _bench.Context);
        var before = (await StateAsync())?.FaultAt;
        var read = _bench.Sink.Batches.Count;
        if (before is not null) _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        var running = Task.Run(() => loop.RunAsync(stop.Token));
        if (silent is not null)
        {
            await _bench.Clock.SoonAsync(silent.RequestAsync().AsTask());
            _bench.Clock.Advance(TimeSpan.FromSeconds(1.1));
        }
        var guard = System.Diagnostics.Stopwatch.StartNew();
        while ((await StateAsync())?.FaultAt == before && _bench.Sink.Batches.Count == read)
        {
            Assert.True(guard.Elapsed < Guard);
            _bench.Clock.PassPause();
            await Task.Yield();
        }
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    Task<FieldState?> StateAsync() => _bench.StateAsync("GW-01", "M-1");

    static Task DoAsync(string fault, SlaveRequest request, SlaveConnection connection)
    {
        switch (fault)
        {
            case "exception": return connection.SendAsync(connection.Frame(request.Id, request.Unit, 0x83, 4));
            case "gateway": return connection.SendAsync(connection.Frame(request.Id, request.Unit, 0x83, 11));
            case "unit": return connection.SendAsync(connection.Frame(request.Id, 2, 3, 2, 0, 0));
            case "check sum":
                var frame = connection.Frame(request.Id, request.Unit, 3, 2, 0, 0);
                frame[^1] ^= 1;
                return connection.SendAsync(frame);
            case "close":
                connection.Close(reset: false);
                return Task.CompletedTask;
            default: return Task.CompletedTask;
        }
    }
}
