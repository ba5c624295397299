using System.Diagnostics;
using System.Text;
using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary>One of our programs, run as a process of its own, with what it printed.</summary>
public sealed class OurProgram : IAsyncDisposable
{
    static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    readonly Process _process;
    readonly StringBuilder _printed = new();
    readonly List<(string Part, TaskCompletionSource<string> Seen)> _awaited = [];

    OurProgram(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Print(line.Data);
        _process.ErrorDataReceived += (_, line) => Print(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Printed { get { lock (_printed) return _printed.ToString(); } }

    public int Id => _process.Id;

    public static string Path(string project, string name) =>
        Repository.PathOf(project, "bin", Configuration, "net10.0", name);

    public static OurProgram EnergyWatch(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Start(Path("src/Api", "energywatch"), arguments, environment);

    public static OurProgram Simulator(params string[] arguments) => Start(Path("tests/Simulator", "EnergyWatch.Simulator"), arguments);

    public static OurProgram Start(string file, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Repository.Root,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return new OurProgram(start);
    }

    /// <summary>The first line that contains this, or a failure with all that was printed when the program ends before.</summary>
    public async Task<string> LineAsync(string part, TimeSpan within)
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_printed)
        {
            if (_printed.ToString().Split('\n').FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal)) is { } line) return line;
            _awaited.Add((part, seen));
        }
        using var late = new CancellationTokenSource(within);
        var ended = _process.WaitForExitAsync(late.Token);
        // Its last lines and its end come at one moment, and the end may be noticed first.
        if (await Task.WhenAny(seen.Task, ended) == seen.Task || seen.Task.IsCompleted) return await seen.Task;
        throw new InvalidOperationException($"\"{part}\" was not printed within {within}:{Environment.NewLine}{Printed}");
    }

    public void Type(string line) => _process.StandardInput.WriteLine(line);

    /// <summary>Nothing more will be typed.</summary>
    public void EndTyping() => _process.StandardInput.Close();

    public async Task<int> EndAsync(TimeSpan within)
    {
        using var late = new CancellationTokenSource(within);
        await _process.WaitForExitAsync(late.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: no goodbye, as in a power cut.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as a system that shuts down sends it; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        return await EndAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    void Print(string? line)
    {
        if (line is null) return;
        lock (_printed)
        {
            _printed.Append(line).Append('\n');
            foreach (var (part, seen) in _awaited)
                if (line.Contains(part, StringComparison.Ordinal)) seen.TrySetResult(line);
        }
    }
}
