using System.Diagnostics;
using System.Globalization;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// The other side as a process of its own, so that its cost is not in our figures: this program under another command.
/// It says a line when it is ready, begins at a line from us, and says what came of it. Ended with the measurement.
/// </summary>
sealed class LoadProcess : IAsyncDisposable
{
    readonly Process _process;

    LoadProcess(Process process) => _process = process;

    public static LoadProcess Start(params object[] arguments)
    {
        var texts = arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!);
        var program = Environment.ProcessPath!;
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") texts = texts.Prepend(typeof(LoadProcess).Assembly.Location);
        return new LoadProcess(Process.Start(new ProcessStartInfo(program, texts)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!);
    }

    /// <summary>The next line it says.</summary>
    public async Task<string> HearAsync() => await _process.StandardOutput.ReadLineAsync()
        ?? throw new InvalidOperationException($"{_process.StartInfo.ArgumentList[0]} ended without a word.");

    /// <summary>The next line as numbers.</summary>
    public async Task<double[]> NumbersAsync() =>
        [.. (await HearAsync()).Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];

    public Task BeginAsync() => SayAsync("begin");

    public Task SayAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    public double Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
