using System.Diagnostics;
using System.Globalization;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>The simulated slaves as a process of their own, so that their cost is not in our figures; ended with the measurement.</summary>
sealed class SlaveProcess : IAsyncDisposable
{
    readonly Process _process;

    SlaveProcess(Process process, IReadOnlyList<int> ports) => (_process, Ports) = (process, ports);

    public IReadOnlyList<int> Ports { get; }

    public static async Task<SlaveProcess> StartAsync(params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(SlaveProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardInput = true,
        })!;
        var ports = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The slave did not start.");
        return new(process, [.. ports.Split(' ').Select(port => int.Parse(port, CultureInfo.InvariantCulture))]);
    }

    /// <summary>Reads that it answered.</summary>
    public Task<long> CountAsync() => TellAsync("count");

    /// <summary>From now on it answers nothing more, so that no answer is on its way when ours stops.</summary>
    public Task<long> SilenceAsync() => TellAsync("silence");

    async Task<long> TellAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        return long.Parse((await _process.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
