using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EnergyWatch.Ingest.Modbus.Lines.Serial;

/// <summary>
/// What poll(2) is asked and what it answers:
/// <code>
/// 00-03  fd
/// 04-05  events   wanted
/// 06-07  revents  happened
/// </code>
/// </summary>
[StructLayout(LayoutKind.Sequential)]
struct PollEntry
{
    public int Handle;
    public PollEvents Wanted;
    public PollEvents Happened;
}

[Flags]
enum PollEvents : short
{
    None = 0,
    CanRead = 0x01,
    CanWrite = 0x04,
    Error = 0x08,
    HungUp = 0x10,
    NotOpen = 0x20,
}

/// <summary>Calls into the C library of Linux. Numbers are those of x64 and arm64, which share them.</summary>
static partial class Libc
{
    public const int ReadWrite = 0x2, NoControllingTerminal = 0x100, NonBlocking = 0x800, CloseOnExec = 0x80000;
    public const int LockExclusive = 2, LockNonBlocking = 4;
    public const nuint TakeExclusive = 0x540C, GiveUpExclusive = 0x540D;
    public const int FlushBoth = 2;
    public const int Interrupted = 4, TryAgain = 11, NotPermitted = 13;

    const string Name = "libc";

    public static int LastErrorNumber => Marshal.GetLastPInvokeError();

    /// <summary>The last failure in the words of the system.</summary>
    public static string LastError => Marshal.GetPInvokeErrorMessage(LastErrorNumber);

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport(Name, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle handle, int operation);

    [LibraryImport(Name, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle handle, nuint request);

    [LibraryImport(Name, EntryPoint = "tcgetattr", SetLastError = true)]
    public static partial int GetAttributes(SafeFileHandle handle, out Termios settings);

    [LibraryImport(Name, EntryPoint = "tcsetattr", SetLastError = true)]
    public static partial int SetAttributes(SafeFileHandle handle, int when, in Termios settings);

    [LibraryImport(Name, EntryPoint = "cfmakeraw")]
    public static partial void MakeRaw(ref Termios settings);

    [LibraryImport(Name, EntryPoint = "cfsetspeed", SetLastError = true)]
    public static partial int SetSpeed(ref Termios settings, uint speed);

    [LibraryImport(Name, EntryPoint = "cfgetospeed")]
    public static partial uint OutputSpeed(in Termios settings);

    [LibraryImport(Name, EntryPoint = "tcflush", SetLastError = true)]
    public static partial int Flush(SafeFileHandle handle, int which);

    [LibraryImport(Name, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(Span<PollEntry> entries, nuint count, int timeoutMs);

    [LibraryImport(Name, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle handle, Span<byte> room, nuint length);

    [LibraryImport(Name, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle handle, ReadOnlySpan<byte> bytes, nuint length);

    [LibraryImport(Name, EntryPoint = "eventfd", SetLastError = true)]
    public static partial SafeFileHandle EventHandle(uint initial, int flags);
}
