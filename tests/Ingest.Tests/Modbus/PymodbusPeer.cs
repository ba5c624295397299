using System.Diagnostics;
using System.Globalization;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>A pymodbus server in a process of its own, ended with the test; on a serial port it sits at the other end of a pair.</summary>
sealed class PymodbusPeer : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    PtyPair? _pair;
    Process? _process;

    public ModbusEndpoint Endpoint { get; private set; } = null!;

    public static async Task<PymodbusPeer> StartAsync(ModbusFraming framing)
    {
        var peer = new PymodbusPeer();
        if (framing == ModbusFraming.Rtu)
        {
            peer._pair = await PtyPair.OpenAsync();
            await peer.ServeAsync("serial", peer._pair.Theirs);
            peer.Endpoint = ModbusEndpoint.On(new SerialEndpoint(peer._pair.Ours, Baud: 19200));
            return peer;
        }
        var line = await peer.ServeAsync(framing == ModbusFraming.Tcp ? "tcp" : "rtu");
        peer.Endpoint = new ModbusEndpoint("127.0.0.1", int.Parse(line ?? "0", CultureInfo.InvariantCulture), framing);
        return peer;
    }

    public void Dispose()
    {
        _process?.Kill();
        _process?.Dispose();
        _pair?.Dispose();
    }

    async Task<string?> ServeAsync(params string[] arguments)
    {
        var script = Repository.PathOf("tests", "Ingest.Tests", "Modbus", "Peers", "pymodbus_server.py");
        _process = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script, .. arguments]) { RedirectStandardOutput = true })!;
        return await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
    }
}
