using System.Diagnostics;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Two serial ports of this machine, wired to each other by socat, which ends with the test.</summary>
sealed class PtyPair : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly Process _process;

    PtyPair(Process process, string ours, string theirs) => (_process, Ours, Theirs) = (process, ours, theirs);

    public string Ours { get; }

    public string Theirs { get; }

    public static async Task<PtyPair> OpenAsync()
    {
        var process = Process.Start(new ProcessStartInfo("socat", ["-d", "-d", "pty,raw,echo=0", "pty,raw,echo=0"]) { RedirectStandardError = true })!;
        // It says "… PTY is /dev/pts/7" for each end.
        const string before = "PTY is ";
        var ends = new List<string>();
        while (ends.Count < 2 && await process.StandardError.ReadLineAsync().WaitAsync(Patience) is { } line)
            if (line.Contains(before, StringComparison.Ordinal)) ends.Add(line[(line.IndexOf(before, StringComparison.Ordinal) + before.Length)..]);
        return new(process, ends[0], ends[1]);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
