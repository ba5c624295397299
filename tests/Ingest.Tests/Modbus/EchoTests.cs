using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>RS-485 adapters that hear themselves.</summary>
public sealed class EchoTests
{
    static readonly ModbusEndpoint Endpoint = new("10.0.0.1", 4001, ModbusFraming.RtuOverTcp);

    readonly TestClock _clock = new();

    public static TheoryData<MeterRequest, string> Questions => new()
    {
        { new(1, MeterFunction.HoldingRegisters, 0, 1), "03021234" },
        // The request itself reads like an answer of three bytes to it.
        { new(1, MeterFunction.Coils, 0x0313, 19), "0103CD6B05" },
        { new(1, MeterFunction.WriteRegister, 1, 1) { Values = new byte[] { 0, 3 } }, "0600010003" },
        { new(1, MeterFunction.WriteRegisters, 1, 1) { Values = new byte[] { 0, 3 } }, "1000010001" },
    };

    [Theory, MemberData(nameof(Questions))]
    public async Task The_own_request_is_not_the_answer(MeterRequest request, string answer)
    {
        var (link, transport) = Open();
        link.Script = sent =>
        {
            link.Say(sent[..3]);
            link.Say(sent[3..]);
            link.SayAfter(TimeSpan.FromMilliseconds(50), SlaveFrames.Of(false, 0, 1, Convert.FromHexString(answer)));
        };
        for (var i = 0; i < 3; i++)
        {
            var began = _clock.Instant;
            var read = await link.UntilAsync(transport.AskAsync(request, ModbusTiming.Default, default).AsTask());
            Assert.Equal(request.IsWrite ? "" : answer[4..], Convert.ToHexString(read.Data.Span));
            Assert.Equal(TimeSpan.FromMilliseconds(50), _clock.Instant - began);
        }
    }

    [Theory, MemberData(nameof(Questions))]
    public async Task An_echo_alone_is_silence(MeterRequest request, string answer)
    {
        var (link, transport) = Open();
        // A read shows that this line echoes.
        link.Script = sent => link.Say([.. sent, .. SlaveFrames.Of(false, 0, 1, [3, 2, 0, 7])]);
        await link.UntilAsync(transport.AskAsync(new(1, MeterFunction.HoldingRegisters, 9, 1), ModbusTiming.Default, default).AsTask());
        Assert.NotEmpty(answer);
        link.Script = sent => link.Say(sent);
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(
            () => link.UntilAsync(transport.AskAsync(request, ModbusTiming.Default, default).AsTask()));
        Assert.Equal(LinkFault.TimedOut, fault.Fault);
    }

    [Theory, MemberData(nameof(Questions))]
    public async Task Without_an_echo_the_answer_is_the_answer(MeterRequest request, string answer)
    {
        var (link, transport) = Open();
        link.Script = _ => link.Say(SlaveFrames.Of(false, 0, 1, Convert.FromHexString(answer)));
        for (var i = 0; i < 3; i++)
        {
            var began = _clock.Instant;
            var read = await link.UntilAsync(transport.AskAsync(request, ModbusTiming.Default, default).AsTask());
            Assert.Equal(request.IsWrite ? "" : answer[4..], Convert.ToHexString(read.Data.Span));
            // The first write on a line not known yet waits, whether what came was an echo.
            Assert.Equal(i == 0 && request.Function == MeterFunction.WriteRegister ? 1000 : 0, (_clock.Instant - began).TotalMilliseconds);
        }
    }

    [Fact]
    public async Task A_refusal_behind_an_echo_is_a_refusal()
    {
        var (link, transport) = Open();
        link.Script = sent => link.Say([.. sent, .. SlaveFrames.Of(false, 0, 1, [0x86, 2])]);
        var request = new MeterRequest(1, MeterFunction.WriteRegister, 1, 1) { Values = new byte[] { 0, 3 } };
        var answer = await link.UntilAsync(transport.AskAsync(request, ModbusTiming.Default, default).AsTask());
        Assert.Equal(ModbusExceptionCode.IllegalDataAddress, answer.Exception);
    }

    [Fact]
    public async Task A_request_that_comes_back_bent_is_not_trusted()
    {
        var (link, transport) = Open();
        var bent = false;
        link.Script = sent =>
        {
            if (bent) sent[3] ^= 4;
            link.Say([.. sent, .. SlaveFrames.Of(false, 0, 1, [3, 2, 0, 7])]);
        };
        var request = new MeterRequest(1, MeterFunction.HoldingRegisters, 9, 1);
        await link.UntilAsync(transport.AskAsync(request, ModbusTiming.Default, default).AsTask());
        bent = true;
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(
            () => link.UntilAsync(transport.AskAsync(request, ModbusTiming.Default, default).AsTask()));
        Assert.Equal(LinkFault.WrongAnswer, fault.Fault);
    }

    // Of the four FEh that wake the line, an echo may lose some; the codec knows its own question.
    [Fact]
    public async Task A_question_to_a_meter_of_data_items_that_comes_back_short_of_wake_up_bytes_is_only_an_echo()
    {
        var (link, transport) = Open();
        link.Script = sent => link.Say([.. sent, .. SlaveFrames.Of(false, 0, 1, [3, 2, 0, 7])]);
        await link.UntilAsync(transport.AskAsync(new(1, MeterFunction.HoldingRegisters, 9, 1), ModbusTiming.Default, default).AsTask());
        link.Script = sent => link.Say([.. sent[2..], .. Convert.FromHexString("6861010000000068910833333433593333338A16")]);
        var request = new MeterRequest(0x000000000161, MeterFunction.DataItem, 0x00010000, 4) { Protocol = MeterProtocol.Dlt645Of2007 };
        for (var i = 0; i < 3; i++)
        {
            var answer = await link.UntilAsync(transport.AskAsync(request, ModbusTiming.Default, default).AsTask());
            Assert.Equal((ModbusExceptionCode.None, "26000000"), (answer.Exception, Convert.ToHexString(answer.Data.Span)));
        }
    }

    (FakeLink Link, IModbusTransport Transport) Open()
    {
        var link = new FakeLink(_clock, closingHelps: true);
        return (link, new LineTransport(Endpoint, link, TimeSpan.FromSeconds(3), _clock));
    }
}
