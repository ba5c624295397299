using EnergyWatch.Domain.Registry;
using Microsoft.Win32.SafeHandles;

namespace EnergyWatch.Ingest.Modbus.Lines.Serial;

/// <summary>A serial port of this machine. It is taken for this process alone: two masters on one bus destroy each other's frames.</summary>
sealed class SerialLink(SerialEndpoint port) : ILink
{
    // A character on the line: start, 8 data bits, parity or a second stop bit, stop (Serial Line V1.02, section 2.5.1).
    const int BitsPerCharacter = 11;

    OpenPort? _open;
    Task _closing = Task.CompletedTask;

    public bool IsOpen => _open is not null;

    public int Unread => _open?.Unread ?? 0;

    public bool IsGone => _open is { IsGone: true };

    /// <summary>A bus cannot be hung up: what was asked is still answered into the port that is opened next.</summary>
    public bool ClosingHelps => false;

    /// <summary>3.5 characters, but 1.75 ms above 19200 Bd (Serial Line V1.02, section 2.5.1.1).</summary>
    public TimeSpan Silence => port.Baud > 19200
        ? TimeSpan.FromMilliseconds(1.75)
        : TimeSpan.FromSeconds(3.5 * BitsPerCharacter / port.Baud);

    public TimeSpan OnTheWire(int bytes) => TimeSpan.FromSeconds((double)bytes * BitsPerCharacter / port.Baud);

    public async ValueTask OpenAsync(CancellationToken stop)
    {
        await _closing.WaitAsync(stop);
        if (!OperatingSystem.IsLinux()) throw Refused("serial ports are read on Linux only; a serial server (modbus_rtu_over_tcp) is read anywhere");
        var handle = Libc.Open(port.Path, Libc.ReadWrite | Libc.NoControllingTerminal | Libc.NonBlocking | Libc.CloseOnExec);
        if (handle.IsInvalid) throw Refused(Libc.LastErrorNumber == Libc.NotPermitted
            ? $"{Libc.LastError}: the user of this service must belong to the group of the port, most often dialout"
            : Libc.LastError);
        try
        {
            Take(handle);
            if (Termios.Set(handle, port) is { } fault) throw Refused(fault);
            _ = Libc.Flush(handle, Libc.FlushBoth);
            _open = OpenPort.Start(handle, port.Path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop) => _open!.WriteAsync(bytes, stop);

    public ValueTask<int> ReceiveAsync(Memory<byte> room, CancellationToken stop) => _open!.ReadAsync(room, stop);

    public void Close()
    {
        if (_open is null) return;
        _closing = _open.CloseAsync();
        _open = null;
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _closing;
    }

    // A lock for those who ask for one, and exclusive use against those who only open; root is let in by the second, not by the first.
    void Take(SafeFileHandle handle)
    {
        if (Libc.Lock(handle, Libc.LockExclusive | Libc.LockNonBlocking) != 0) throw Refused($"another program uses it ({Libc.LastError})");
        _ = Libc.Control(handle, Libc.TakeExclusive);
    }

    ModbusLinkException Refused(string why) => new(LinkFault.Unreachable, $"{port.Path} cannot be opened: {why}");
}
