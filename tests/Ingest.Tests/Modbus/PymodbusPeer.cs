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

    readonly List<Process> _processes = [];

    public ModbusEndpoint Endpoint { get; private set; } = null!;

    public static async Task<PymodbusPeer> StartAsync(ModbusFraming framing)
    {
        var peer = new PymodbusPeer();
        if (framing == ModbusFraming.Rtu)
        {
            var (ours, theirs) = await peer.PairAsync();
            await peer.ServeAsync("serial", theirs);
            peer.Endpoint = ModbusEndpoint.On(new SerialEndpoint(ours, Baud: 19200));
            return peer;
        }
        var line = await peer.ServeAsync(framing == ModbusFraming.Tcp ? "tcp" : "rtu");
        peer.Endpoint = new ModbusEndpoint("127.0.0.1", int.Parse(line ?? "0", CultureInfo.InvariantCulture), framing);
        return peer;
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.Dispose();
        }
    }

    async Task<string?> ServeAsync(params string[] arguments)
    {
        var script = Repository.PathOf("tests", "Ingest.Tests", "Modbus", "Peers", "pymodbus_server.py");
        var process = Start(new ProcessStartInfo("/usr/bin/python3", [script, .. arguments]) { RedirectStandardOutput = true });
        return await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
    }

    // socat says "… PTY is /dev/pts/7" for each end.
    async Task<(string Ours, string Theirs)> PairAsync()
    {
        var process = Start(new ProcessStartInfo("socat", ["-d", "-d", "pty,raw,echo=0", "pty,raw,echo=0"]) { RedirectStandardError = true });
        var ends = new List<string>();
        while (ends.Count < 2 && await process.StandardError.ReadLineAsync().WaitAsync(Patience) is { } line)
            if (line.Contains("PTY is ", StringComparison.Ordinal)) ends.Add(line[(line.IndexOf("PTY is ", StringComparison.Ordinal) + 7)..]);
        return (ends[0], ends[1]);
    }

    Process Start(ProcessStartInfo start)
    {
        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }
}
