using System.Runtime.InteropServices;
using System.Threading.Channels;
using EnergyWatch.Ingest.Modbus.Lines.Serial;
using Microsoft.Win32.SafeHandles;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>A bus behind a pseudo terminal of this machine: what is written to its port comes here, and the other way round.</summary>
sealed class PtyBus : IDisposable
{
    readonly SafeFileHandle _master;
    // The terminal counts as hung up while nobody has it open.
    readonly SafeFileHandle _held;
    readonly Channel<byte[]> _requests = Channel.CreateUnbounded<byte[]>();
    volatile bool _unplugged;

    public PtyBus()
    {
        _master = Libc.Open("/dev/ptmx", Libc.ReadWrite | Libc.NoControllingTerminal | Libc.NonBlocking | Libc.CloseOnExec);
        var name = new byte[64];
        Assert.Equal(0, grantpt(_master));
        Assert.Equal(0, unlockpt(_master));
        Assert.Equal(0, ptsname_r(_master, name, name.Length));
        Path = System.Text.Encoding.ASCII.GetString(name).TrimEnd('\0');
        _held = Libc.Open(Path, Libc.ReadWrite | Libc.NoControllingTerminal | Libc.NonBlocking | Libc.CloseOnExec);
        new Thread(Run) { IsBackground = true }.Start();
    }

    public string Path { get; }

    /// <summary>What the meters do with a request, on the thread of the bus.</summary>
    public Action<byte[]> Script { get; set; } = _ => { };

    public ValueTask<byte[]> RequestAsync() => _requests.Reader.ReadAsync();

    public void Say(params byte[] bytes) => Assert.Equal(bytes.Length, Libc.Write(_master, bytes, (nuint)bytes.Length));

    /// <summary>The adapter is pulled out.</summary>
    public void Unplug()
    {
        _unplugged = true;
        _master.Dispose();
        _held.Dispose();
    }

    public void Dispose() => Unplug();

    void Run()
    {
        var held = new List<byte>();
        Span<byte> room = stackalloc byte[256];
        Span<PollEntry> entries = [new() { Handle = (int)_master.DangerousGetHandle(), Wanted = PollEvents.CanRead }];
        while (!_unplugged)
        {
            if (Libc.Poll(entries, 1, timeoutMs: 20) <= 0) continue;
            nint count;
            try
            {
                count = Libc.Read(_master, room, (nuint)room.Length);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            for (var i = 0; i < count; i++) held.Add(room[i]);
            while (held.Count >= 8)
            {
                var request = held[..8].ToArray();
                held.RemoveRange(0, 8);
                _requests.Writer.TryWrite(request);
                Script(request);
            }
        }
    }

    [DllImport("libc", SetLastError = true)]
    static extern int grantpt(SafeFileHandle master);

    [DllImport("libc", SetLastError = true)]
    static extern int unlockpt(SafeFileHandle master);

    [DllImport("libc", SetLastError = true)]
    static extern int ptsname_r(SafeFileHandle master, byte[] name, nint length);
}
