using System.Buffers.Binary;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>A serial port as the kernel gives it, over a pseudo terminal. In real time, because the kernel keeps no other.</summary>
[Trait("needs", "peer")]
public sealed class SerialTests : IDisposable
{
    // Long enough for a busy machine; a line is silent for so long before its first question.
    static readonly ModbusTiming Timing = ModbusTiming.Default with { ResponseTimeout = TimeSpan.FromMilliseconds(400) };
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    readonly PtyBus _bus = new();

    [Theory, InlineData(1200, SerialParity.Even, 1), InlineData(9600, SerialParity.None, 2), InlineData(115200, SerialParity.Odd, 1)]
    public async Task Registers_are_read_at_every_speed(int baud, SerialParity parity, int stopBits)
    {
        await using var transport = Open(new SerialEndpoint(_bus.Path, baud, parity, stopBits));
        _bus.Script = request => _bus.Say(Answer(request));
        for (ushort address = 0; address < 50; address += 10) await ExpectOwnAddressesAsync(transport, address, 10);
    }

    [Fact]
    public async Task All_bytes_pass_as_they_are()
    {
        await using var transport = Open();
        // Those a terminal would act upon: flow control, interrupt, end of file, line feed, carriage return.
        byte[] data = [0x11, 0x13, 0x03, 0x04, 0x0A, 0x0D, 0x7F, 0x1A, 0x1C, 0x00, 0xFF, 0x15];
        _bus.Script = _ => _bus.Say(SlaveFrames.Of(false, 0, 1, [3, (byte)data.Length, .. data]));
        Assert.Equal(data, (await ReadAsync(transport, 0x1113, 6)).Data.ToArray());
        Assert.Equal(Convert.FromHexString("010311130006"), (await _bus.RequestAsync())[..6]);
    }

    [Fact]
    public async Task A_port_is_had_by_one_only()
    {
        await using var transport = Open();
        _bus.Script = request => _bus.Say(Answer(request));
        await ExpectOwnAddressesAsync(transport, 0, 1);
        await using var other = Open();
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(other, 0, 1));
        Assert.Equal(LinkFault.Unreachable, fault.Fault);
        Assert.Contains($"{_bus.Path} cannot be opened: another program uses it", fault.Message, StringComparison.Ordinal);
        await transport.DisposeAsync();
        await ExpectOwnAddressesAsync(other, 7, 1);
    }

    [Theory]
    [InlineData("/dev/ttyNone7", "No such file or directory")]
    [InlineData("/dev/null", "it is not a serial port")]
    public async Task A_port_that_cannot_be_opened_says_why(string path, string why)
    {
        await using var transport = Open(new SerialEndpoint(path));
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, 0, 1));
        Assert.Equal(LinkFault.Unreachable, fault.Fault);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_adapter_that_is_pulled_out_is_a_broken_link_and_then_a_port_that_is_not_there(bool whileAsking)
    {
        await using var transport = Open();
        _bus.Script = request => _bus.Say(Answer(request));
        await ExpectOwnAddressesAsync(transport, 0, 1);
        await _bus.RequestAsync();
        _bus.Script = _ => _bus.Unplug();
        if (!whileAsking) _bus.Unplug();
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, 0, 1));
        Assert.Equal(LinkFault.Closed, fault.Fault);
        Assert.Contains("unplugged", fault.Message, StringComparison.Ordinal);
        Assert.Equal(LinkFault.Unreachable, (await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, 0, 1))).Fault);
    }

    [Fact]
    public async Task A_late_answer_is_not_taken_for_the_next_one()
    {
        await using var transport = Open();
        byte[]? late = null;
        _bus.Script = request =>
        {
            if (late is null) late = request;
            else _bus.Say(Answer(request));
        };
        Assert.Equal(LinkFault.TimedOut, (await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, 0, 2))).Fault);
        var next = ReadAsync(transport, 100, 2);
        _bus.Say(Answer(late!));
        ExpectOwnAddresses(await next, 100, 2);
    }

    [Fact]
    public async Task Garbage_is_waited_out_and_the_port_stays_open()
    {
        await using var transport = Open();
        var first = true;
        _bus.Script = request =>
        {
            if (first) _bus.Say([0xFF, 0x55, 0xFF, 0x55, 0xFF, .. Answer(request)]);
            else _bus.Say(Answer(request));
            first = false;
        };
        Assert.Equal(LinkFault.WrongAnswer, (await Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, 0, 2))).Fault);
        await ExpectOwnAddressesAsync(transport, 40, 2);
    }

    [Fact]
    public async Task A_little_noise_before_an_answer_is_passed_over()
    {
        await using var transport = Open();
        _bus.Script = request => _bus.Say([0xFF, 0x00, .. Answer(request)]);
        for (ushort address = 0; address < 20; address++) await ExpectOwnAddressesAsync(transport, address, 2);
    }

    [Fact]
    public async Task Many_ports_that_wait_hold_no_thread_of_the_pool()
    {
        var buses = Enumerable.Range(0, 32).Select(_ => new PtyBus()).ToList();
        var transports = buses.Select(bus => Open(new SerialEndpoint(bus.Path))).ToList();
        var asking = transports.Select(transport => Assert.ThrowsAsync<ModbusLinkException>(() => ReadAsync(transport, 0, 1))).ToList();
        foreach (var bus in buses) await bus.RequestAsync().AsTask().WaitAsync(Guard);
        // All wait for an answer now, and the threads at work are those of other tests.
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var idle, out _);
        Assert.InRange(most - idle, 0, buses.Count - 1);
        await Task.WhenAll(asking);
        foreach (var transport in transports) await transport.DisposeAsync();
        buses.ForEach(bus => bus.Dispose());
    }

    public void Dispose() => _bus.Dispose();

    IModbusTransport Open(SerialEndpoint? port = null) =>
        LineTransport.Over(ModbusEndpoint.On(port ?? new SerialEndpoint(_bus.Path)), TimeSpan.FromSeconds(3), TimeProvider.System);

    static async Task<ModbusAnswer> ReadAsync(IModbusTransport transport, uint address, ushort count) =>
        await transport.AskAsync(new(1, MeterFunction.HoldingRegisters, address, count), Timing, default).AsTask().WaitAsync(Guard);

    static async Task ExpectOwnAddressesAsync(IModbusTransport transport, uint address, ushort count) =>
        ExpectOwnAddresses(await ReadAsync(transport, address, count), address, count);

    static void ExpectOwnAddresses(ModbusAnswer answer, uint address, ushort count)
    {
        Assert.Equal(2 * count, answer.Data.Length);
        for (var i = 0; i < count; i++) Assert.Equal(address + i, BinaryPrimitives.ReadUInt16BigEndian(answer.Data.Span[(2 * i)..]));
    }

    static byte[] Answer(byte[] request) => SlaveFrames.Of(false, 0, request[0], SlaveFrames.OwnAddresses(
        request[1], BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(2)), BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(4))));
}
