using System.Buffers.Binary;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>
/// Lines whose answers carry no id: a bus, and a serial server in front of one, which may be hung up but hands a late answer to whoever is
/// connected then. Every register holds its own address and its unit, so that a slip shows.
/// </summary>
public sealed class LateAnswerTests
{
    static readonly ModbusTiming Timing = ModbusTiming.Default;
    static readonly ModbusEndpoint Endpoint = new("10.0.0.1", 4001, ModbusFraming.RtuOverTcp);

    readonly TestClock _clock = new();

    public static TheoryData<bool, double> Delays
    {
        get
        {
            var data = new TheoryData<bool, double>();
            foreach (var delay in new[] { 0.2, 0.99, 1.01, 1.5, 1.99, 2.01, 2.5, 3, 3.7, 4.2, 7, 9.5 })
                foreach (var closingHelps in new[] { true, false }) data.Add(closingHelps, delay);
            return data;
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory, MemberData(nameof(Delays))]
    public async Task However_late_a_meter_answers_no_answer_is_taken_for_another(bool closingHelps, double seconds)
    {
        var (link, transport) = Open(closingHelps);
        link.Script = request => link.SayAfter(TimeSpan.FromSeconds(seconds), Answer(request));
        var answered = await AskManyAsync(link, transport, rounds: 40, _ => 1);
        Assert.Equal(seconds < 1 ? 40 : 0, answered);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_meter_that_becomes_quick_again_is_read_again(bool closingHelps)
    {
        var (link, transport) = Open(closingHelps);
        var asked = 0;
        link.Script = request => link.SayAfter(TimeSpan.FromSeconds(++asked < 10 ? 2.5 : 0.1), Answer(request));
        var answered = await AskManyAsync(link, transport, rounds: 40, _ =>
        {
            _clock.Advance(TimeSpan.FromSeconds(5));
            return 1;
        });
        Assert.InRange(answered, 20, 35);
    }

    // Meters that work through what they were asked in order, now quick, now slow, sometimes deaf, sometimes refusing.
    [Theory, MemberData(nameof(Seeds))]
    public async Task Whatever_the_meters_on_a_bus_do_no_value_is_of_another_register_or_meter(int seed)
    {
        var random = new Random(seed);
        var (link, transport) = Open(closingHelps: seed % 2 == 0);
        var free = new Dictionary<byte, DateTimeOffset>();
        link.Script = request =>
        {
            if (random.Next(8) == 0) return;
            var now = _clock.GetUtcNow();
            var from = free.TryGetValue(request[0], out var busy) && busy > now ? busy : now;
            var ready = free[request[0]] = from + TimeSpan.FromMilliseconds(random.Next(4) == 0 ? random.Next(6000) : random.Next(200));
            var answer = random.Next(10) == 0 ? SlaveFrames.Of(false, 0, request[0], [(byte)(request[1] | 0x80), 6]) : Answer(request);
            if (random.Next(20) == 0) answer[random.Next(answer.Length)] ^= 0x10;
            link.SayAfter(ready - now, answer);
        };
        Assert.InRange(await AskManyAsync(link, transport, rounds: 600, _ => (byte)random.Next(1, 4)), 150, 600);
    }

    [Fact]
    public async Task After_a_silence_the_line_is_left_quiet_for_a_response_timeout_and_what_comes_is_thrown_away()
    {
        var (link, transport) = Open(closingHelps: false);
        await AskAsync(link, transport, new(1, MeterFunction.HoldingRegisters, 0, 2));
        var silent = _clock.Instant;
        link.Script = request => link.Say(Answer(request));
        link.SayAfter(TimeSpan.FromMilliseconds(700), Answer(Convert.FromHexString("010300000002C40B")));
        var answer = await AskAsync(link, transport, new(2, MeterFunction.HoldingRegisters, 0, 2));
        Assert.Equal(TimeSpan.FromMilliseconds(1700), answer!.Value.SentAt - silent);
        Assert.Equal(1, link.Opened);
    }

    [Fact]
    public async Task What_a_silence_costs_the_next_question_is_told()
    {
        var (link, transport) = Open(closingHelps: true);
        Assert.Equal(TimeSpan.Zero, transport.Owed);
        await AskAsync(link, transport, new(1, MeterFunction.HoldingRegisters, 0, 2));
        Assert.Equal(Timing.ResponseTimeout, transport.Owed);
        _clock.Advance(TimeSpan.FromMilliseconds(400));
        Assert.Equal(TimeSpan.FromMilliseconds(600), transport.Owed);
        link.Script = request => link.Say(Answer(request));
        Assert.NotNull(await AskAsync(link, transport, new(2, MeterFunction.HoldingRegisters, 0, 2)));
        Assert.Equal(TimeSpan.Zero, transport.Owed);
    }

    [Theory, InlineData(2, 1), InlineData(3, 2), InlineData(10, 8), InlineData(125, 124)]
    public async Task After_a_silence_only_registers_of_the_question_are_asked_and_no_half_of_a_pair(ushort count, int most)
    {
        var (link, transport) = Open(closingHelps: false);
        var request = new MeterRequest(1, MeterFunction.HoldingRegisters, 100, count);
        await AskAsync(link, transport, request);
        link.Script = sent => link.Say(Answer(sent));
        Assert.NotNull(await AskAsync(link, transport, request));
        var probe = link.Sent[1];
        Assert.Equal((3, 100), (probe[1], BinaryPrimitives.ReadUInt16BigEndian(probe.AsSpan(2))));
        var asked = BinaryPrimitives.ReadUInt16BigEndian(probe.AsSpan(4));
        Assert.InRange(asked, 1, most);
        if (count is > 2 and not 3 and not 125) Assert.Equal(0, asked % 2);
        Assert.Equal(3, link.Sent.Count);
    }

    [Fact]
    public async Task One_register_that_was_not_answered_is_left_alone_until_nobody_can_answer_any_more()
    {
        var (link, transport) = Open(closingHelps: false);
        var request = new MeterRequest(1, MeterFunction.HoldingRegisters, 100, 1);
        await AskAsync(link, transport, request);
        link.Script = sent => link.Say(Answer(sent));
        Assert.Null(await AskAsync(link, transport, request));
        Assert.NotNull(await AskAsync(link, transport, request with { Meter = 2 }));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.NotNull(await AskAsync(link, transport, request));
        Assert.Equal(3, link.Sent.Count);
    }

    // Asked every few seconds, it must not be kept from the question for ever by refusals of what comes before it.
    [Fact]
    public async Task A_question_that_is_refused_is_asked_again_however_often_it_was_not_answered()
    {
        var (link, transport) = Open(closingHelps: false);
        var request = new MeterRequest(1, MeterFunction.HoldingRegisters, 100, 20);
        await AskAsync(link, transport, request);
        link.Script = sent => link.Say(SlaveFrames.Of(false, 0, sent[0], [(byte)(sent[1] | 0x80), 2]));
        var refused = 0;
        for (var i = 0; i < 12; i++)
        {
            if (await AskAsync(link, transport, request) is { Exception: ModbusExceptionCode.IllegalDataAddress }) refused++;
            _clock.Advance(TimeSpan.FromSeconds(4));
        }
        Assert.InRange(refused, 6, 12);
    }

    [Fact]
    public async Task A_shorter_quiet_does_not_cut_a_longer_one()
    {
        var (link, transport) = Open(closingHelps: false);
        await AskAsync(link, transport, new(1, MeterFunction.HoldingRegisters, 0, 2), Timing with { ResponseTimeout = TimeSpan.FromSeconds(3) });
        link.Script = sent => link.Say(Answer(sent));
        link.Say(0x55);
        var silent = _clock.Instant;
        var answer = await AskAsync(link, transport, new(2, MeterFunction.HoldingRegisters, 0, 2));
        Assert.Equal(TimeSpan.FromSeconds(3), answer!.Value.SentAt - silent);
    }

    [Fact]
    public async Task The_words_of_a_silence_tell_how_long_was_waited()
    {
        var link = new FakeLink(_clock, closingHelps: false) { PerByte = TimeSpan.FromMilliseconds(25) };
        var transport = new LineTransport(Endpoint, link, TimeSpan.FromSeconds(3), _clock);
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => link.UntilAsync(
            transport.AskAsync(new(1, MeterFunction.HoldingRegisters, 0, 2), Timing, default).AsTask()));
        Assert.Contains("no answer within 1.425 s", fault.Message, StringComparison.Ordinal); // 8 bytes there, 9 back
    }

    [Fact]
    public async Task A_line_that_is_never_quiet_is_a_fault_of_the_line()
    {
        var (link, transport) = Open(closingHelps: false);
        _clock.CreateTimer(_ => link.Say(0x55), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(300));
        var asking = transport.AskAsync(new(1, MeterFunction.HoldingRegisters, 0, 2), Timing, default).AsTask();
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => link.UntilAsync(asking));
        Assert.Equal(LinkFault.Unreachable, fault.Fault);
        Assert.Contains("never quiet", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_nobody_asked_for_are_thrown_away_before_the_next_question()
    {
        var (link, transport) = Open(closingHelps: false);
        link.Script = request => link.Say([.. Answer(request), .. Answer(request)]);
        for (ushort address = 0; address < 5; address++)
            Assert.NotNull(await AskAsync(link, transport, new(1, MeterFunction.HoldingRegisters, address, 2)));
        Assert.Equal(5, link.Sent.Count);
    }

    async Task<int> AskManyAsync(FakeLink link, IModbusTransport transport, int rounds, Func<int, byte> unitOf)
    {
        var answered = 0;
        for (var round = 0; round < rounds; round++)
        {
            var request = new MeterRequest(unitOf(round), MeterFunction.HoldingRegisters, (ushort)(round * 7), (ushort)(2 + round / 3 % 2));
            if (await AskAsync(link, transport, request) is { Exception: ModbusExceptionCode.None } answer)
            {
                answered++;
                for (var i = 0; i < request.Count; i++)
                    Assert.Equal(Register(request.Unit, request.Address + i), BinaryPrimitives.ReadUInt16BigEndian(answer.Data.Span[(2 * i)..]));
            }
            if (round % 13 == 0) _clock.Advance(TimeSpan.FromSeconds(30));
        }
        return answered;
    }

    static async Task<ModbusAnswer?> AskAsync(
        FakeLink link, IModbusTransport transport, MeterRequest request, ModbusTiming? timing = null)
    {
        try
        {
            return await link.UntilAsync(transport.AskAsync(request, timing ?? Timing, default).AsTask());
        }
        catch (ModbusLinkException fault) when (fault.Fault is LinkFault.TimedOut or LinkFault.WrongAnswer or LinkFault.Unreachable)
        {
            return null;
        }
    }

    (FakeLink Link, IModbusTransport Transport) Open(bool closingHelps)
    {
        var link = new FakeLink(_clock, closingHelps);
        return (link, new LineTransport(Endpoint, link, TimeSpan.FromSeconds(3), _clock));
    }

    static byte[] Answer(byte[] request)
    {
        var (address, count) = (BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(2)), BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(4)));
        var pdu = new byte[2 + 2 * count];
        (pdu[0], pdu[1]) = (request[1], (byte)(2 * count));
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt16BigEndian(pdu.AsSpan(2 + 2 * i), Register(request[0], (uint)(address + i)));
        return SlaveFrames.Of(false, 0, request[0], pdu);
    }

    static ushort Register(byte unit, long address) => (ushort)(address * 5 + unit);
}
