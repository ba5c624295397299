using System.Diagnostics;
using System.Globalization;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>A pymodbus server in a process of its own, ended with the test.</summary>
sealed class PymodbusPeer : IDisposable
{
    readonly Process _process;

    PymodbusPeer(Process process, ModbusEndpoint endpoint) => (_process, Endpoint) = (process, endpoint);

    public ModbusEndpoint Endpoint { get; }

    public static async Task<PymodbusPeer> StartAsync(ModbusFraming framing)
    {
        var script = Repository.PathOf("tests", "Ingest.Tests", "Modbus", "Peers", "pymodbus_server.py");
        var start = new ProcessStartInfo("/usr/bin/python3", [script, framing == ModbusFraming.Tcp ? "tcp" : "rtu"])
        {
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20));
        var port = int.Parse(line ?? "0", CultureInfo.InvariantCulture);
        return new(process, new ModbusEndpoint("127.0.0.1", port, framing));
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
