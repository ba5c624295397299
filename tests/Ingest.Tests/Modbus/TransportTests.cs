using System.Buffers.Binary;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Both transports against servers that behave badly. Every register holds its own address, so a slip shows.</summary>
public sealed partial class TransportTests : IAsyncLifetime
{
    static readonly ModbusTiming Timing = ModbusTiming.Default;
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    readonly TestClock _clock = new();
    readonly List<IAsyncDisposable> _opened = [];

    public static TheoryData<ModbusFraming> Framings => [ModbusFraming.Tcp, ModbusFraming.RtuOverTcp];

    [Theory, MemberData(nameof(Framings))]
    public async Task An_answer_brings_the_registers_and_the_instant_of_its_request(ModbusFraming framing)
    {
        var (server, transport) = Open(framing, ScriptedServer.AnswerAsync);
        foreach (var address in new ushort[] { 0, 1000, 65526 }) await ExpectOwnAddressesAsync(transport, address, 10);
        var sent = _clock.Instant + (framing == ModbusFraming.Tcp ? TimeSpan.Zero : TimeSpan.FromMilliseconds(10));
        Assert.Equal(sent, (await ReadAsync(transport, Request(5))).SentAt);
        Assert.Equal(1, server.Connections);
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task An_exception_is_an_answer_and_keeps_the_connection(ModbusFraming framing)
    {
        var (server, transport) = Open(framing, (request, connection) => request.Address == 7
            ? connection.SendAsync(connection.Frame(request.Id, request.Unit, 0x83, 2))
            : ScriptedServer.AnswerAsync(request, connection));
        Assert.Equal(ModbusExceptionCode.IllegalDataAddress, (await ReadAsync(transport, Request(7))).Exception);
        await ExpectOwnAddressesAsync(transport, 8, 2);
        Assert.Equal(1, server.Connections);
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task Silence_ends_with_the_response_timeout(ModbusFraming framing)
    {
        var (server, transport) = Open(framing, (_, _) => Task.CompletedTask);
        var fault = await TimeOutAsync(server, transport, Request(0));
        Assert.Equal(LinkFault.TimedOut, fault.Fault);
        Assert.Contains("unit 1: no answer within 1 s", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_late_answer_is_thrown_away_and_never_taken_for_the_next_one()
    {
        SlaveRequest? late = null;
        var (server, transport) = Open(ModbusFraming.Tcp, async (request, connection) =>
        {
            if (late is null) late = request;
            else
            {
                await ScriptedServer.AnswerAsync(late, connection);
                await ScriptedServer.AnswerAsync(request, connection);
            }
        });
        await TimeOutAsync(server, transport, Request(0));
        await ExpectOwnAddressesAsync(transport, 500, 4);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Only_older_answers_do_not_keep_a_question_open_past_its_deadline()
    {
        SlaveRequest? late = null;
        var (server, transport) = Open(ModbusFraming.Tcp, (request, connection) =>
            late is null ? Task.FromResult(late = request) : ScriptedServer.AnswerAsync(late, connection));
        await TimeOutAsync(server, transport, Request(0));
        Assert.Equal(LinkFault.TimedOut, (await TimeOutAsync(server, transport, Request(500))).Fault);
    }

    [Fact]
    public async Task Over_rtu_a_silence_ends_the_connection_so_that_a_late_answer_has_no_way_in()
    {
        var (server, transport) = Open(ModbusFraming.RtuOverTcp, (request, connection) =>
            request.Connection == 1 ? Task.CompletedTask : ScriptedServer.AnswerAsync(request, connection));
        await TimeOutAsync(server, transport, Request(0));
        _clock.Advance(Timing.ResponseTimeout);
        await ExpectOwnAddressesAsync(transport, 500, 4);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task A_connection_that_was_quiet_for_long_and_does_not_answer_is_given_up_at_the_first_silence()
    {
        var (server, transport) = Open(ModbusFraming.Tcp, (request, connection) =>
            request is { Connection: 1, Address: 1 } ? Task.CompletedTask : ScriptedServer.AnswerAsync(request, connection));
        await ExpectOwnAddressesAsync(transport, 0, 1);
        await server.RequestAsync();
        _clock.Advance(TimeSpan.FromMinutes(15));
        await TimeOutAsync(server, transport, Request(1));
        await ExpectOwnAddressesAsync(transport, 1, 1);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task Two_silences_in_a_row_end_a_connection_that_answered_before()
    {
        var (server, transport) = Open(ModbusFraming.Tcp, (_, _) => Task.CompletedTask);
        for (var i = 0; i < 3; i++) await TimeOutAsync(server, transport, Request(0));
        await TimeOutAsync(server, transport, Request(0));
        Assert.Equal(2, server.Connections);
    }

    public static TheoryData<ModbusFraming, string> Wrong => new()
    {
        { ModbusFraming.Tcp, "id" }, { ModbusFraming.Tcp, "unit" }, { ModbusFraming.RtuOverTcp, "unit" },
        { ModbusFraming.Tcp, "function" }, { ModbusFraming.RtuOverTcp, "function" },
        { ModbusFraming.Tcp, "fewer" }, { ModbusFraming.RtuOverTcp, "fewer" },
        { ModbusFraming.Tcp, "more" }, { ModbusFraming.RtuOverTcp, "more" },
        { ModbusFraming.Tcp, "garbage" }, { ModbusFraming.RtuOverTcp, "garbage" }, { ModbusFraming.RtuOverTcp, "crc" },
        { ModbusFraming.Tcp, "too long" }, { ModbusFraming.Tcp, "protocol" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public async Task A_wrong_answer_is_refused_and_the_stream_with_it(ModbusFraming framing, string what)
    {
        var (server, transport) = Open(framing, (request, connection) => request.Connection > 1
            ? ScriptedServer.AnswerAsync(request, connection)
            : connection.SendAsync(WrongFrame(what, request, connection)));
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, Request(40, 2)));
        Assert.Equal(LinkFault.WrongAnswer, fault.Fault);
        _clock.Advance(Timing.ResponseTimeout);
        await ExpectOwnAddressesAsync(transport, 40, 2);
        Assert.Equal(2, server.Connections);
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task An_answer_in_single_bytes_is_put_together(ModbusFraming framing)
    {
        var (_, transport) = Open(framing, (request, connection) => connection.SendAsync(
            [.. connection.Frame(request.Id, request.Unit, SlaveFrames.OwnAddresses(3, request.Address, request.Count)).Select(octet => new[] { octet })]));
        await ExpectOwnAddressesAsync(transport, 100, 20);
        await ExpectOwnAddressesAsync(transport, 200, 20);
    }

    [Fact]
    public async Task Older_answers_and_the_right_one_in_one_segment_are_told_apart()
    {
        var held = new List<SlaveRequest>();
        var (server, transport) = Open(ModbusFraming.Tcp, async (request, connection) =>
        {
            held.Add(request);
            if (held.Count < 2) return;
            var frames = new[] { held[0], held[0], held[1] }.SelectMany(old =>
                connection.Frame(old.Id, old.Unit, SlaveFrames.OwnAddresses(3, old.Address, old.Count)));
            await connection.SendAsync([.. frames]);
        });
        await TimeOutAsync(server, transport, Request(10, 2));
        await ExpectOwnAddressesAsync(transport, 20, 2);
        Assert.Equal(1, server.Connections);
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task An_answer_given_twice_does_not_answer_the_next_question(ModbusFraming framing)
    {
        var (_, transport) = Open(framing, async (request, connection) =>
        {
            var frame = connection.Frame(request.Id, request.Unit, SlaveFrames.OwnAddresses(3, request.Address, request.Count));
            await connection.SendAsync([.. frame, .. frame]);
        });
        for (ushort address = 0; address < 50; address += 5)
        {
            await ExpectOwnAddressesAsync(transport, address, 2);
            _clock.Advance(Timing.ResponseTimeout);
        }
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task A_reset_in_mid_frame_is_a_broken_connection_and_the_next_read_opens_another(ModbusFraming framing)
    {
        var (server, transport) = Open(framing, async (request, connection) =>
        {
            if (request.Connection > 1)
            {
                await ScriptedServer.AnswerAsync(request, connection);
                return;
            }
            await connection.SendAsync(connection.Frame(request.Id, request.Unit, SlaveFrames.OwnAddresses(3, 0, 2))[..5]);
            connection.Close(reset: true);
        });
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, Request(0, 2)));
        Assert.Equal(LinkFault.Closed, fault.Fault);
        _clock.Advance(Timing.ResponseTimeout);
        await ExpectOwnAddressesAsync(transport, 3, 2);
        Assert.Equal(2, server.Connections);
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task Stop_ends_a_waiting_question_at_once_and_is_not_a_timeout(ModbusFraming framing)
    {
        var (server, transport) = Open(framing, (_, _) => Task.CompletedTask);
        using var stop = new CancellationTokenSource();
        var reading = transport.AskAsync(Request(0), Timing, stop.Token).AsTask();
        await _clock.SoonAsync(server.RequestAsync().AsTask());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Guard));
    }

    [Fact]
    public async Task A_read_that_modbus_does_not_know_is_never_sent()
    {
        var (server, transport) = Open(ModbusFraming.Tcp, ScriptedServer.AnswerAsync);
        foreach (var request in new[] { Request(0, 126), Request(0, 0), Request(65535, 2) })
            await Assert.ThrowsAsync<ArgumentException>(() => ReadAsync(transport, request));
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_protocol_that_the_line_cannot_carry_is_refused_in_words_and_nothing_is_sent()
    {
        var (server, transport) = Open(ModbusFraming.Tcp, ScriptedServer.AnswerAsync);
        var request = new MeterRequest(0x000000000001, MeterFunction.DataItem, 0, 1) { Protocol = MeterProtocol.Dlt645Of2007 };
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, request));
        Assert.Equal(LinkFault.NotAsked, fault.Fault);
        Assert.Contains("DL/T 645-2007 has no frames on Modbus TCP", fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Connections);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened)) await opened.DisposeAsync();
    }

    (ScriptedServer Server, IModbusTransport Transport) Open(ModbusFraming framing, Func<SlaveRequest, SlaveConnection, Task> script)
    {
        var server = new ScriptedServer(framing, script);
        var transport = LineTransport.Over(server.Endpoint, TimeSpan.FromSeconds(3), _clock);
        _opened.AddRange([server, transport]);
        return (server, transport);
    }

    static MeterRequest Request(ushort address, ushort count = 1) => new(1, MeterFunction.HoldingRegisters, address, count);

    Task<ModbusAnswer> ReadAsync(IModbusTransport transport, MeterRequest request) =>
        _clock.SoonAsync(transport.AskAsync(request, Timing, default).AsTask());

    async Task ExpectOwnAddressesAsync(IModbusTransport transport, ushort address, ushort count)
    {
        var answer = await ReadAsync(transport, Request(address, count));
        Assert.Equal(ModbusExceptionCode.None, answer.Exception);
        Assert.Equal(2 * count, answer.Data.Length);
        for (var i = 0; i < count; i++)
            Assert.Equal(address + i, BinaryPrimitives.ReadUInt16BigEndian(answer.Data.Span[(2 * i)..]));
    }

    // Time moves only when the question has arrived.
    async Task<ModbusLinkException> TimeOutAsync(ScriptedServer server, IModbusTransport transport, MeterRequest request)
    {
        var reading = transport.AskAsync(request, Timing, default).AsTask();
        while ((await _clock.SoonAsync(server.RequestAsync().AsTask())).Address != request.Address) { }
        _clock.Advance(Timing.ResponseTimeout + TimeSpan.FromMilliseconds(5));
        return await Assert.ThrowsAsync<ModbusLinkException>(() => reading.WaitAsync(Guard));
    }

    // The limits of such a read are an hour: the pump cannot run into them before its sockets have had their turn.
    async Task<ModbusAnswer> PumpAsync(Task<ModbusAnswer> reading)
    {
        while (!reading.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }
        return await reading;
    }

    static byte[] WrongFrame(string what, SlaveRequest request, SlaveConnection connection)
    {
        var pdu = SlaveFrames.OwnAddresses(3, request.Address, request.Count);
        byte[] Bent(Action<byte[]> bend)
        {
            var frame = connection.Frame(request.Id, request.Unit, pdu);
            bend(frame);
            return frame;
        }
        return what switch
        {
            "id" => connection.Frame((ushort)(request.Id + 1), request.Unit, pdu),
            "unit" => connection.Frame(request.Id, (byte)(request.Unit + 1), pdu),
            "function" => connection.Frame(request.Id, request.Unit, SlaveFrames.OwnAddresses(4, request.Address, request.Count)),
            "fewer" => connection.Frame(request.Id, request.Unit, SlaveFrames.OwnAddresses(3, request.Address, request.Count - 1)),
            "more" => connection.Frame(request.Id, request.Unit, SlaveFrames.OwnAddresses(3, request.Address, request.Count + 1)),
            "garbage" => [0x55, 0xAA, 0x13, 0x37, 0x00, 0x01, 0x02, 0x03, 0x04, .. connection.Frame(request.Id, request.Unit, pdu)],
            "crc" => Bent(frame => frame[^1] ^= 1),
            "too long" => Bent(frame => frame[4] = 1),
            _ => Bent(frame => frame[3] = 9),
        };
    }
}
