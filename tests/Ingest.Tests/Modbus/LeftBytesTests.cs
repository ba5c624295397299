using System.Buffers.Binary;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>What came before a question was sent is not its answer, however much it looks like it. Every register holds its own address.</summary>
public sealed class LeftBytesTests
{
    static readonly TimeSpan SoonAfter = TimeSpan.FromMilliseconds(5);

    readonly TestClock _clock = new();

    public static TheoryData<ModbusFraming, bool, int, int> Lines => new()
    {
        { ModbusFraming.RtuOverTcp, true, 20, 0 }, { ModbusFraming.RtuOverTcp, true, 0, 10 }, { ModbusFraming.Rtu, false, 20, 0 },
        { ModbusFraming.Rtu, false, 0, 10 }, { ModbusFraming.Tcp, true, 20, 0 }, { ModbusFraming.Tcp, true, 0, 0 },
    };

    [Theory, MemberData(nameof(Lines))]
    public async Task A_second_copy_that_comes_while_the_gap_is_kept_is_not_the_next_answer(
        ModbusFraming framing, bool closingHelps, int gap, int silence)
    {
        var (link, transport) = Open(framing, closingHelps, silence);
        link.Script = request =>
        {
            link.Say(Answer(framing, request));
            link.SayAfter(SoonAfter, Answer(framing, request));
        };
        for (ushort address = 0; address < 100; address += 5) await ExpectOwnAddressesAsync(link, transport, address, gap);
    }

    [Fact]
    public void A_serial_server_is_given_the_silence_that_frames_need() => Assert.Equal(
        (TimeSpan.FromMilliseconds(10), TimeSpan.Zero),
        (new TcpLink(new("h", 1, ModbusFraming.RtuOverTcp)).Silence, new TcpLink(new("h", 1, ModbusFraming.Tcp)).Silence));

    [Theory, InlineData(0, 0), InlineData(20, 0), InlineData(20, 5)]
    public async Task An_answer_with_the_id_of_the_next_question_is_not_the_next_answer(int gap, int later)
    {
        var (link, transport) = Open(ModbusFraming.Tcp, closingHelps: true, silence: 0);
        link.Script = request =>
        {
            var (right, guess) = (Answer(ModbusFraming.Tcp, request), Answer(ModbusFraming.Tcp, request, idAhead: 1));
            link.Say(later == 0 ? [.. right, .. guess] : right);
            if (later > 0) link.SayAfter(TimeSpan.FromMilliseconds(later), guess);
        };
        for (ushort address = 0; address < 100; address += 5) await ExpectOwnAddressesAsync(link, transport, address, gap);
        Assert.Equal(20, link.Opened);
    }

    [Fact]
    public async Task Answers_to_earlier_questions_that_were_left_cost_no_connection()
    {
        var (link, transport) = Open(ModbusFraming.Tcp, closingHelps: true, silence: 0);
        link.Script = request =>
        {
            var right = Answer(ModbusFraming.Tcp, request);
            link.Say([.. right, .. right]);
            link.Say(right[..6]);
            link.Say(right[6..]);
        };
        for (ushort address = 0; address < 100; address += 5) await ExpectOwnAddressesAsync(link, transport, address, gap: 0);
        Assert.Equal(1, link.Opened);
    }

    [Fact]
    public async Task A_server_that_never_stops_saying_old_things_is_left()
    {
        var (link, transport) = Open(ModbusFraming.Tcp, closingHelps: true, silence: 0);
        link.Script = request =>
        {
            link.Say(Answer(ModbusFraming.Tcp, request));
            for (var i = 0; i < 1000; i++) link.Say(Answer(ModbusFraming.Tcp, request));
        };
        for (ushort address = 0; address < 50; address += 5) await ExpectOwnAddressesAsync(link, transport, address, gap: 0);
        Assert.Equal(10, link.Opened);
    }

    [Fact]
    public async Task Half_an_answer_and_then_silence_costs_its_own_question_only()
    {
        var (link, transport) = Open(ModbusFraming.Tcp, closingHelps: true, silence: 0);
        link.Script = request =>
        {
            var answer = Answer(ModbusFraming.Tcp, request);
            link.Say(request[9] == 40 ? answer[..(answer.Length / 2)] : answer);
        };
        await ExpectOwnAddressesAsync(link, transport, 0, gap: 0);
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => AskAsync(link, transport, 40, gap: 0));
        Assert.Equal(LinkFault.TimedOut, fault.Fault);
        for (ushort address = 80; address < 100; address += 5) await ExpectOwnAddressesAsync(link, transport, address, gap: 0);
        Assert.Equal(2, link.Opened);
    }

    static async Task ExpectOwnAddressesAsync(FakeLink link, IModbusTransport transport, ushort address, int gap)
    {
        var answer = await AskAsync(link, transport, address, gap);
        Assert.Equal(ModbusExceptionCode.None, answer.Exception);
        for (var i = 0; i < 2; i++) Assert.Equal(address + i, BinaryPrimitives.ReadUInt16BigEndian(answer.Data.Span[(2 * i)..]));
    }

    static Task<ModbusAnswer> AskAsync(FakeLink link, IModbusTransport transport, ushort address, int gap) => link.UntilAsync(transport.AskAsync(
        new(1, MeterFunction.HoldingRegisters, address, 2), ModbusTiming.Default with { Gap = TimeSpan.FromMilliseconds(gap) }, default).AsTask());

    (FakeLink Link, IModbusTransport Transport) Open(ModbusFraming framing, bool closingHelps, int silence)
    {
        var link = new FakeLink(_clock, closingHelps) { Silence = TimeSpan.FromMilliseconds(silence) };
        return (link, new LineTransport(new("10.0.0.1", 502, framing), link, TimeSpan.FromSeconds(3), link.Clock));
    }

    static byte[] Answer(ModbusFraming framing, byte[] request, int idAhead = 0)
    {
        var tcp = framing == ModbusFraming.Tcp;
        var pdu = request.AsSpan(tcp ? 7 : 1);
        var id = (ushort)(tcp ? BinaryPrimitives.ReadUInt16BigEndian(request) + idAhead : 0);
        return SlaveFrames.Of(
            tcp, id, 1, SlaveFrames.OwnAddresses(3, BinaryPrimitives.ReadUInt16BigEndian(pdu[1..]), BinaryPrimitives.ReadUInt16BigEndian(pdu[3..])));
    }
}
