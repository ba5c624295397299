using System.Buffers.Binary;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Lines.Serial;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>
/// Meters that misbehave at the other end of a real pair of ports, and answer what they are asked in order. In real time, because the
/// kernel keeps no other. Every register holds its own address and its unit, so that a slip shows.
/// </summary>
[Trait("needs", "peer")]
public sealed class SerialFaultTests : IAsyncLifetime
{
    // Long enough for a busy machine.
    static readonly ModbusTiming Timing = ModbusTiming.Default with { ResponseTimeout = TimeSpan.FromMilliseconds(1500) };
    static readonly TimeSpan Late = TimeSpan.FromMilliseconds(2000);
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);
    static readonly string[] Faults = ["late", "noise before", "noise behind", "half, then silence", "half, then the rest late", "wrong sum", "silence"];

    readonly CancellationTokenSource _stop = new();
    PtyPair _pair = null!;
    SerialLink _meters = null!;
    IModbusTransport _transport = null!;
    Task _answering = Task.CompletedTask;
    Func<string?> _fault = () => null;
    string? _lastFault;

    public static TheoryData<string> EachFault => [.. Faults];

    public async Task InitializeAsync()
    {
        _pair = await PtyPair.OpenAsync();
        _meters = new SerialLink(new SerialEndpoint(_pair.Theirs, Baud: 115200));
        await _meters.OpenAsync(default);
        _transport = LineTransport.Over(ModbusEndpoint.On(new SerialEndpoint(_pair.Ours, Baud: 115200)), TimeSpan.FromSeconds(3), TimeProvider.System);
        _answering = Task.Run(() => AnswerAsync(new Random(20261120)));
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _answering.WaitAsync(Guard));
        await _transport.DisposeAsync();
        await _meters.DisposeAsync();
        _pair.Dispose();
        _stop.Dispose();
    }

    [Theory, MemberData(nameof(EachFault))]
    public async Task After_one_bad_answer_the_next_questions_get_their_own(string fault)
    {
        for (uint round = 0; round < 3; round++)
        {
            await ExpectReadAsync(1, 10);
            _fault = () => (fault, _fault = () => null).fault;
            // Noise behind an answer does not spoil it; all else does, or the frame is found in it.
            var read = await IsReadAsync(1, 20, 4);
            Assert.True(read || fault != "noise behind");
            Assert.False(read && fault is "late" or "silence" or "wrong sum" or "half, then silence");
            for (uint address = 30; address < 60; address += 10) await ExpectReadAsync((byte)(1 + round % 2), address);
        }
    }

    [Fact]
    public async Task Whatever_two_meters_do_no_value_is_of_another_register_or_meter()
    {
        var random = new Random(20261121);
        _fault = () => random.Next(4) == 0 ? Faults[random.Next(Faults.Length)] : null;
        var read = 0;
        for (var round = 0; round < 40; round++)
            if (await IsReadAsync((byte)random.Next(1, 3), (uint)random.Next(1000), (ushort)(2 + round / 5 % 2))) read++;
        Assert.InRange(read, 10, 39);
        _fault = () => null;
        await IsReadAsync(1, 10, 4);
        for (uint address = 30; address < 60; address += 10) await ExpectReadAsync(1, address);
    }

    async Task ExpectReadAsync(byte unit, uint address) => Assert.True(await IsReadAsync(unit, address, 4), _lastFault);

    // False where it was refused; a wrong value fails the test.
    async Task<bool> IsReadAsync(byte unit, uint address, ushort count)
    {
        try
        {
            // On the pool, as in the service: the few threads that run the tests may be busy with another for longer than a meter has time.
            var request = new MeterRequest(unit, MeterFunction.HoldingRegisters, address, count);
            var answer = await Task.Run(() => _transport.AskAsync(request, Timing, default).AsTask().WaitAsync(Guard));
            Assert.Equal(ModbusExceptionCode.None, answer.Exception);
            Assert.Equal(
                Enumerable.Range(0, count).Select(i => Register(unit, (int)address + i)),
                Enumerable.Range(0, count).Select(i => (int)BinaryPrimitives.ReadUInt16BigEndian(answer.Data.Span[(2 * i)..])));
            return true;
        }
        catch (ModbusLinkException fault) when (fault.Fault is LinkFault.TimedOut or LinkFault.WrongAnswer)
        {
            _lastFault = fault.Message;
            return false;
        }
    }

    async Task AnswerAsync(Random random)
    {
        var request = new byte[8];
        while (true)
        {
            for (var came = 0; came < request.Length;) came += await _meters.ReceiveAsync(request.AsMemory(came), _stop.Token);
            var (unit, address) = (request[0], BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(2)));
            var count = BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(4));
            var words = SlaveFrames.OwnAddresses(request[1], Register(unit, address), count);
            var right = SlaveFrames.Of(false, 0, unit, words);
            await DoAsync(_fault(), right, random);
        }
    }

    async Task DoAsync(string? fault, byte[] right, Random random)
    {
        var half = random.Next(1, right.Length - 1);
        switch (fault)
        {
            case null: await SayAsync(right); break;
            case "late":
                await PauseAsync();
                await SayAsync(right);
                break;
            case "noise before": await SayAsync([0x00, 0xFF, 0x55, .. right]); break;
            case "noise behind": await SayAsync([.. right, 0x00, 0xFF]); break;
            case "half, then silence": await SayAsync(right[..half]); break;
            case "half, then the rest late":
                await SayAsync(right[..half]);
                await PauseAsync();
                await SayAsync(right[half..]);
                break;
            case "wrong sum":
                right[^1] ^= 0x20;
                await SayAsync(right);
                break;
        }
    }

    ValueTask SayAsync(byte[] bytes) => _meters.SendAsync(bytes, _stop.Token);

    Task PauseAsync() => Task.Delay(Late, TimeProvider.System, _stop.Token);

    static int Register(byte unit, int address) => 2000 * unit + address;
}
