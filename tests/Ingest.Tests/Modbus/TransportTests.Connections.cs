using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

// How connections are made, kept and renewed.
public sealed partial class TransportTests
{
    [Theory, MemberData(nameof(Framings))]
    public async Task A_connection_the_server_closed_while_idle_is_renewed_unseen(ModbusFraming framing)
    {
        var closed = new TaskCompletionSource();
        var (server, transport) = Open(framing, async (request, connection) =>
        {
            await ScriptedServer.AnswerAsync(request, connection);
            if (request.Connection > 1) return;
            connection.Close(reset: false);
            closed.SetResult();
        });
        await ExpectOwnAddressesAsync(transport, 0, 1);
        await closed.Task.WaitAsync(Guard);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await ExpectOwnAddressesAsync(transport, 1, 1);
        Assert.Equal(2, server.Connections);
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task A_server_that_closes_after_every_answer_is_read_question_by_question(ModbusFraming framing)
    {
        var closed = new SemaphoreSlim(0);
        var (server, transport) = Open(framing, async (request, connection) =>
        {
            await ScriptedServer.AnswerAsync(request, connection);
            connection.Close(reset: false);
            closed.Release();
        });
        for (ushort address = 0; address < 20; address++)
        {
            await ExpectOwnAddressesAsync(transport, address, 1);
            if (framing == ModbusFraming.RtuOverTcp) Assert.True(await closed.WaitAsync(Guard));
        }
        Assert.Equal(20, server.Connections);
    }

    [Fact]
    public async Task A_write_is_never_repeated()
    {
        var (server, transport) = Open(ModbusFraming.Tcp, async (request, connection) =>
        {
            if (request.Function == 3) await ScriptedServer.AnswerAsync(request, connection);
            else connection.Close(reset: false);
        });
        await ExpectOwnAddressesAsync(transport, 0, 1);
        var write = new MeterRequest(1, MeterFunction.WriteRegister, 1, 1) { Values = new byte[] { 0, 3 } };
        Assert.Equal(LinkFault.Closed, (await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, write))).Fault);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_unreachable()
    {
        var server = new ScriptedServer(ModbusFraming.Tcp, ScriptedServer.AnswerAsync);
        await server.DisposeAsync();
        await using var transport = LineTransport.Over(server.Endpoint, TimeSpan.FromSeconds(3), _clock);
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, Request(0)));
        Assert.Equal(LinkFault.Unreachable, fault.Fault);
        Assert.Contains($"{server.Endpoint} cannot be reached", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_delay_after_connecting_and_the_gap_between_requests_are_kept()
    {
        var server = new ScriptedServer(ModbusFraming.Tcp, ScriptedServer.AnswerAsync);
        var transport = LineTransport.Over(server.Endpoint, TimeSpan.FromHours(1), _clock);
        _opened.AddRange([server, transport]);
        var timing = new ModbusTiming(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(300), TimeSpan.FromHours(1));
        var start = _clock.Instant;
        var first = await PumpAsync(transport.AskAsync(Request(0), timing, default).AsTask());
        var second = await PumpAsync(transport.AskAsync(Request(0), timing, default).AsTask());
        Assert.True(first.SentAt - start >= TimeSpan.FromSeconds(2));
        Assert.True(second.SentAt - first.SentAt >= TimeSpan.FromMilliseconds(300));
    }
}
