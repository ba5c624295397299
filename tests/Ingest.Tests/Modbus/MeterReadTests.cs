using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class MeterReadTests
{
    readonly TestClock _clock = new();

    [Fact]
    public async Task Every_point_is_told_with_words_value_and_unit_or_with_its_fault()
    {
        var bus = new FakeBus(_clock)
        {
            AnswerTime = TimeSpan.Zero,
            Behave = request => request.Address switch
            {
                <= 4 when request.Address + request.Count > 4 => (null, ModbusExceptionCode.IllegalDataAddress),
                100 => (LinkFault.Closed, 0),
                200 => (null, ModbusExceptionCode.ServerDeviceBusy),
                _ => (null, 0),
            },
        };
        var model = Models.Of("volume:0:uint16 flow:4:uint16 heat:6:uint32 power:100:uint16 frequency:200:uint16");
        var read = (await MeterRead.RunAsync(model, bus, 3, default)).Points;
        Assert.Equal(["volume", "flow", "heat", "power", "frequency"], read.Select(row => row.Key));
        Assert.Equal((768d, "m3", "holding", 0u), (read[0].Value!.Value, read[0].Unit, read[0].Table, read[0].Address));
        Assert.Equal(_clock.Instant, read[0].At);
        Assert.Contains("exception 2", read[1].Fault, StringComparison.Ordinal);
        Assert.Equal([774, 775], read[2].Words.Select(word => (int)word));
        Assert.Contains("Closed", read[3].Fault, StringComparison.Ordinal);
        Assert.Contains("exception 6", read[4].Fault, StringComparison.Ordinal);
        Assert.All(read.Where(row => row.Fault is not null), row => Assert.True(row.Value is null && row.Words.Count == 0));
    }

    [Theory]
    [InlineData(LinkFault.Unreachable, 1)]
    [InlineData(LinkFault.Closed, 2)]
    public async Task A_meter_that_does_not_answer_is_not_asked_for_all_it_might_have(LinkFault fault, int asked)
    {
        var bus = new FakeBus(_clock) { AnswerTime = TimeSpan.Zero, Behave = _ => (fault, 0) };
        var read = await MeterRead.RunAsync(Models.Of("volume:0:uint16 flow:100:uint16 heat:200:uint32 power:300:uint16"), bus, 3, default);
        Assert.Equal(asked, bus.Asked.Count);
        Assert.Equal(4, read.Points.Count);
        Assert.All(read.Points, row => Assert.Equal(read.Fault, row.Fault));
        Assert.NotNull(read.Fault);
    }

    [Fact]
    public async Task A_meter_that_refuses_everything_is_told_from_a_silent_one()
    {
        var bus = new FakeBus(_clock) { AnswerTime = TimeSpan.Zero, Behave = _ => (null, ModbusExceptionCode.IllegalDataAddress) };
        var read = await MeterRead.RunAsync(Models.Of("volume:0:uint16 flow:100:uint16"), bus, 3, default);
        Assert.StartsWith("it answers, but", read.Fault, StringComparison.Ordinal);
        Assert.All(read.Points, row => Assert.Contains("exception 2", row.Fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_point_within_one_that_is_refused_is_read_all_the_same()
    {
        var bus = new FakeBus(_clock)
        {
            AnswerTime = TimeSpan.Zero, Behave = request => (null, request.Count > 2 ? ModbusExceptionCode.IllegalDataValue : 0),
        };
        var read = (await MeterRead.RunAsync(Models.Of("volume:0:uint16 heat:0:uint64"), bus, 3, default)).Points;
        Assert.Equal(768d, read[0].Value);
        Assert.Contains("exception 3", read[1].Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_tells_an_exception_from_silence_and_a_gateway_that_speaks_for_a_dead_meter()
    {
        var bus = new FakeBus(_clock)
        {
            AnswerTime = TimeSpan.Zero,
            Behave = request => (null, request switch
            {
                { Unit: 3 } => ModbusExceptionCode.GatewayTargetFailedToRespond,
                { Unit: 2 } => ModbusExceptionCode.IllegalDataAddress,
                { Function: MeterFunction.DeviceIdentification } => ModbusExceptionCode.IllegalFunction,
                _ => ModbusExceptionCode.None,
            }),
        };
        var found = new List<ScanResult>();
        foreach (byte unit in new[] { 1, 2, 3 })
            found.Add(await MeterScan.RunAsync(bus, unit, EnergyWatch.Ingest.Modbus.Maps.RegisterMaps.Load([]), MeterScan.DefaultTimeout, default));
        Assert.Equal([true, true, false], found.Select(result => result.Answers));
        Assert.Contains("exception 2", found[1].Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1:502")]
    [InlineData(" Meter.Example:1502 ", "meter.example:1502")]
    [InlineData("[fe80::1]:503", "[fe80::1]:503")]
    [InlineData("fe80::1", "[fe80::1]:502")]
    [InlineData("host:0", null)]
    [InlineData("host:65536", null)]
    [InlineData("host:+1", null)]
    [InlineData(":502", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void An_endpoint_is_host_or_host_and_port(string? text, string? endpoint) =>
        Assert.Equal(endpoint, ModbusEndpoint.TryParse(text, ModbusFraming.Tcp)?.ToString());
}
