using System.Buffers.Binary;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Several questions on the way at once. Every register holds its own address, so that a slip shows.</summary>
public sealed class InFlightTests : IAsyncLifetime
{
    static readonly ModbusTiming Four = ModbusTiming.Default with { MaxInFlight = 4 };
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    readonly TestClock _clock = new();
    readonly List<IAsyncDisposable> _opened = [];

    [Theory, InlineData(1), InlineData(2), InlineData(4), InlineData(100)]
    public async Task No_more_than_allowed_are_on_the_way_and_all_are_answered(int maxInFlight)
    {
        var (held, most) = (new List<SlaveRequest>(), 0);
        var (_, transport) = Open(ModbusFraming.Tcp, async (request, connection) =>
        {
            held.Add(request);
            most = Math.Max(most, held.Count);
            // Answers only when no more can be on the way, and then the last first.
            var asked = Math.Min(maxInFlight, 12);
            if (held.Count < asked) return;
            foreach (var old in Enumerable.Reverse(held)) await ScriptedServer.AnswerAsync(old, connection);
            held.Clear();
        });
        var found = await AskAsync(transport, Requests(12), ModbusTiming.Default with { MaxInFlight = maxInFlight });
        Assert.Equal(Math.Min(maxInFlight, 12), most);
        Assert.Equal(Enumerable.Range(0, 12), found.Order());
    }

    [Fact]
    public async Task Answers_in_any_order_and_in_one_segment_go_to_their_own_questions()
    {
        var held = new List<SlaveRequest>();
        var (server, transport) = Open(ModbusFraming.Tcp, async (request, connection) =>
        {
            held.Add(request);
            if (held.Count < 4) return;
            var order = new[] { 2, 0, 3, 1 };
            await connection.SendAsync([.. order.SelectMany(i => connection.Frame(
                held[i].Id, held[i].Unit, SlaveFrames.OwnAddresses(3, held[i].Address, held[i].Count)))]);
        });
        Assert.Equal([2, 0, 3, 1], await AskAsync(transport, Requests(4), Four));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_refusal_is_the_answer_to_its_own_question_only()
    {
        var (_, transport) = Open(ModbusFraming.Tcp, (request, connection) => request.Address == 20
            ? connection.SendAsync(connection.Frame(request.Id, request.Unit, 0x83, 2))
            : ScriptedServer.AnswerAsync(request, connection));
        var refused = new List<int>();
        await foreach (var answer in transport.AskAllAsync(Requests(4), Four, default))
            if (answer.Answer.Exception != ModbusExceptionCode.None) refused.Add(answer.Index);
        Assert.Equal([2], refused);
    }

    [Fact]
    public async Task After_a_silence_nothing_more_is_asked_and_what_still_comes_is_kept()
    {
        var (server, transport) = Open(ModbusFraming.Tcp, (request, connection) =>
            request.Address == 10 ? Task.CompletedTask : ScriptedServer.AnswerAsync(request, connection));
        var (found, allButOne) = (new List<int>(), new TaskCompletionSource());
        var asking = Task.Run(async () =>
        {
            await foreach (var answer in transport.AskAllAsync(Requests(8), Four with { MaxInFlight = 2 }, default))
            {
                found.Add(answer.Index);
                if (found.Count == 7) allButOne.SetResult();
            }
        });
        for (var i = 0; i < 8; i++) await server.RequestAsync();
        await allButOne.Task.WaitAsync(Guard);
        _clock.Advance(TimeSpan.FromMilliseconds(1005));
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => asking.WaitAsync(Guard));
        Assert.Equal(LinkFault.TimedOut, fault.Fault);
        Assert.Equal([0, 2, 3, 4, 5, 6, 7], found.Order());
        // It comes late, and is nobody's any more.
        await AskAsync(transport, [new(1, MeterFunction.HoldingRegisters, 500, 2)], Four);
    }

    [Fact]
    public async Task An_answer_that_comes_late_or_twice_is_thrown_away()
    {
        SlaveRequest? silent = null;
        var (server, transport) = Open(ModbusFraming.Tcp, async (request, connection) =>
        {
            if (silent is null)
            {
                silent = request;
                return;
            }
            if (silent is not null) await ScriptedServer.AnswerAsync(silent, connection);
            await ScriptedServer.AnswerAsync(request, connection);
            await ScriptedServer.AnswerAsync(request, connection);
        });
        var asking = Task.Run(() => AskAsync(transport, Requests(2), Four));
        for (var i = 0; i < 2; i++) await server.RequestAsync();
        var found = await asking.WaitAsync(Guard);
        Assert.Equal([0, 1], found.Order());
        Assert.Equal([0, 1, 2, 3], (await AskAsync(transport, Requests(4), Four)).Order());
        Assert.Equal(1, server.Connections);
    }

    public static TheoryData<string> Wrong => ["unit", "function", "count", "never asked", "protocol"];

    [Theory, MemberData(nameof(Wrong))]
    public async Task A_wrong_answer_ends_all_that_is_on_the_way_and_the_stream(string what)
    {
        var (server, transport) = Open(ModbusFraming.Tcp, (request, connection) =>
            request.Connection > 1 || request.Address != 10
                ? ScriptedServer.AnswerAsync(request, connection)
                : connection.SendAsync(WrongFrame(what, request, connection)));
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => AskAsync(transport, Requests(4), Four).WaitAsync(Guard));
        Assert.Equal(LinkFault.WrongAnswer, fault.Fault);
        Assert.Equal(4, (await AskAsync(transport, Requests(4), Four)).Count);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task An_answer_that_came_before_its_question_was_sent_is_not_its_answer()
    {
        var held = new List<SlaveRequest>();
        var (_, transport) = Open(ModbusFraming.Tcp, async (request, connection) =>
        {
            held.Add(request);
            if (held.Count != 4) return;
            // The right answer to the first, and one to the fifth, which is sent only when the first was answered.
            await connection.SendAsync([.. new[] { 0, 4 }.SelectMany(later =>
                connection.Frame((ushort)(held[0].Id + later), 1, SlaveFrames.OwnAddresses(3, held[0].Address, held[0].Count)))]);
        });
        var found = new List<int>();
        var asking = Task.Run(async () =>
        {
            await foreach (var answer in transport.AskAllAsync(Requests(8), Four, default)) found.Add(answer.Index);
        });
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => asking.WaitAsync(Guard));
        Assert.Equal(LinkFault.WrongAnswer, fault.Fault);
        Assert.Contains("before it was asked", fault.Message, StringComparison.Ordinal);
        Assert.Equal([0], found);
    }

    [Fact]
    public async Task A_reset_ends_all_that_is_on_the_way_and_the_next_questions_connect_again()
    {
        var (server, transport) = Open(ModbusFraming.Tcp, async (request, connection) =>
        {
            if (request is { Connection: 1, Address: 20 }) connection.Close(reset: true);
            else if (request.Connection > 1) await ScriptedServer.AnswerAsync(request, connection);
        });
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => AskAsync(transport, Requests(4), Four).WaitAsync(Guard));
        Assert.Equal(LinkFault.Closed, fault.Fault);
        Assert.Equal(4, (await AskAsync(transport, Requests(4), Four)).Count);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task Where_answers_cannot_be_told_apart_one_follows_the_other()
    {
        var most = 0;
        var (_, transport) = Open(ModbusFraming.RtuOverTcp, async (request, connection) =>
        {
            most++;
            await ScriptedServer.AnswerAsync(request, connection);
        });
        Assert.Equal([0, 1, 2, 3], await _clock.SoonAsync(AskAsync(transport, Requests(4), Four)));
        Assert.Equal(4, most);
    }

    [Fact]
    public async Task One_who_leaves_early_gives_up_what_is_on_the_way()
    {
        var (server, transport) = Open(ModbusFraming.Tcp, ScriptedServer.AnswerAsync);
        await foreach (var answer in transport.AskAllAsync(Requests(4), Four, default))
        {
            Assert.Equal(0, answer.Index);
            break;
        }
        Assert.Equal([0, 1], await AskAsync(transport, Requests(2), ModbusTiming.Default));
        Assert.Equal(1, server.Connections);
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

    static MeterRequest[] Requests(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new MeterRequest(1, MeterFunction.HoldingRegisters, (uint)(10 * i), (ushort)(2 + i % 2)))];

    static async Task<List<int>> AskAsync(IModbusTransport transport, IReadOnlyList<MeterRequest> requests, ModbusTiming timing)
    {
        var found = new List<int>();
        await foreach (var (index, answer) in transport.AskAllAsync(requests, timing, default))
        {
            found.Add(index);
            Assert.Equal(2 * requests[index].Count, answer.Data.Length);
            for (var i = 0; i < requests[index].Count; i++)
                Assert.Equal(requests[index].Address + i, BinaryPrimitives.ReadUInt16BigEndian(answer.Data.Span[(2 * i)..]));
        }
        return found;
    }

    static byte[] WrongFrame(string what, SlaveRequest request, SlaveConnection connection)
    {
        var pdu = SlaveFrames.OwnAddresses(3, request.Address, request.Count);
        var frame = connection.Frame(request.Id, request.Unit, pdu);
        switch (what)
        {
            case "unit": frame[6]++; break;
            case "function": frame[7] = 4; break;
            case "count": return connection.Frame(request.Id, request.Unit, SlaveFrames.OwnAddresses(3, request.Address, request.Count + 3));
            case "never asked": frame[0] ^= 0x40; break;
            default: frame[3] = 1; break;
        }
        return frame;
    }
}
