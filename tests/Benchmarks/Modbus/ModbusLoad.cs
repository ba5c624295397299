using System.Globalization;
using System.Net.Sockets;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>
/// Reads of 60 registers, one in flight on each connection, in turn with a bare asynchronous socket that checks nothing: the ceiling.
/// From a slave that answers at once, and from one that takes 20 ms as real meters do.
/// </summary>
static class ModbusLoad
{
    static readonly MeterRequest Request = new(1, MeterFunction.HoldingRegisters, 100, 60);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var rounds = arguments is [.., "--rounds", var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 5;
        await CompareAsync("answers at once", 0, 200, 1500, rounds);
        if (arguments is ["at-once", ..]) return 0;
        await CompareAsync("answers after 20 ms", 20, 200, 200, rounds);
        await CompareAsync("answers after 20 ms", 20, 2000, 100, rounds);
        return 0;
    }

    static async Task CompareAsync(string slaveIs, int delayMs, int connections, int each, int rounds)
    {
        await using var slave = await SlaveProcess.StartAsync("modbus-slave", $"{delayMs}");
        var endpoint = new ModbusEndpoint("127.0.0.1", slave.Ports[0], ModbusFraming.Tcp);
        var warm = delayMs == 0 ? 100 : 5;
        Task<Figure> Bare() => Figure.MeasureAsync(connections, each, gate => BareAsync(endpoint, warm, each, gate));
        Task<Figure> Ours() => Figure.MeasureAsync(connections, each, gate => OursAsync(endpoint, warm, each, gate));
        var (bare, ours) = (new List<Figure>(), new List<Figure>());
        await Bare();
        await Ours();
        for (var round = 0; round < rounds; round++)
        {
            bare.Add(await Bare());
            ours.Add(await Ours());
        }
        var (asked, answered) = ((2 + 2 * rounds) * (long)connections * (each + warm), await slave.CountAsync());
        Console.WriteLine($"Slave {slaveIs}, {connections} connections, {rounds} rounds");
        Figure.Print("bare socket", bare);
        Figure.Print("ours", ours);
        var ratio = Figure.Median(ours, figure => figure.Rate) / Figure.Median(bare, figure => figure.Rate);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  ratio {ratio:0.00}; asked {asked}, the slave answered {answered}"));
    }

    // Connected and warm before the clock starts.
    static async Task<int> OursAsync(ModbusEndpoint endpoint, int warm, int each, Gate gate)
    {
        await using var transport = LineTransport.Over(endpoint, Patience, TimeProvider.System);
        var timing = ModbusTiming.Default with { ResponseTimeout = Patience };
        for (var i = 0; i < warm; i++) await transport.AskAsync(Request, timing, default);
        await gate.PassAsync();
        var answered = 0;
        for (var i = 0; i < each; i++)
        {
            var answer = await transport.AskAsync(Request, timing, default);
            if (Registers.AreOf(Request, answer.Data.Span)) answered++;
        }
        return answered;
    }

    static async Task<int> BareAsync(ModbusEndpoint endpoint, int warm, int each, Gate gate)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint.Host, endpoint.Port);
        byte[] request = [0, 1, 0, 0, 0, 6, 1, 3, 0, 100, 0, 60];
        var answer = new byte[260];
        for (var i = -warm; i < each; i++)
        {
            if (i == 0) await gate.PassAsync();
            await socket.SendAsync(request.AsMemory(), SocketFlags.None);
            for (var filled = 0; filled < 9 + 2 * Request.Count;)
            {
                var came = await socket.ReceiveAsync(answer.AsMemory(filled), SocketFlags.None);
                if (came == 0) return i;
                filled += came;
            }
        }
        return each;
    }
}
