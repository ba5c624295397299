using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EnergyWatch.Domain.Registry;
using Microsoft.Win32.SafeHandles;

namespace EnergyWatch.Ingest.Modbus.Lines.Serial;

/// <summary>
/// The settings of a terminal as the C library of Linux lays them out (bits/termios.h), the same on x64 and arm64:
/// <code>
/// 00-03  c_iflag   input: parity check, flow control
/// 04-07  c_oflag   output
/// 08-11  c_cflag   character: size, stop bits, parity, modem lines
/// 12-15  c_lflag   local: echo, lines
/// 16     c_line    line discipline
/// 17-48  c_cc      control characters; VMIN and VTIME are among them
/// 52-55  c_ispeed
/// 56-59  c_ospeed
/// </code>
/// </summary>
[StructLayout(LayoutKind.Sequential)]
struct Termios
{
    const uint InputParityCheck = 0x10, IgnoreParity = 0x04, MarkParity = 0x08;
    const uint SizeMask = 0x30, EightBits = 0x30, TwoStopBits = 0x40, Receive = 0x80, Parity = 0x100, ParityOdd = 0x200;
    const uint NoModemLines = 0x800, MarkOrSpace = 0x40000000, HardwareFlow = 0x80000000;

    uint _input;
    readonly uint _output;
    uint _character;
    readonly uint _local;
    readonly byte _line;
    readonly ControlCharacters _control;
    readonly uint _inputSpeed, _outputSpeed;

    /// <summary>Sets raw bytes at the speed and parity wanted, and looks whether the port took the speed.</summary>
    /// <returns>Null, or what the port would not do.</returns>
    public static string? Set(SafeFileHandle port, SerialEndpoint wanted)
    {
        if (Libc.GetAttributes(port, out var settings) != 0) return $"it is not a serial port ({Libc.LastError})";
        Libc.MakeRaw(ref settings);
        settings._input &= ~(IgnoreParity | MarkParity | InputParityCheck);
        settings._character &= ~(SizeMask | TwoStopBits | Parity | ParityOdd | MarkOrSpace | HardwareFlow);
        settings._character |= EightBits | Receive | NoModemLines;
        if (wanted.StopBits == 2) settings._character |= TwoStopBits;
        if (wanted.Parity != SerialParity.None)
        {
            // A byte of wrong parity comes as 0, and the check sum of its frame fails.
            settings._input |= InputParityCheck;
            settings._character |= wanted.Parity == SerialParity.Odd ? Parity | ParityOdd : Parity;
        }
        // The number, not its code: the C library takes both, and from 2.42 on the number only.
        if (Libc.SetSpeed(ref settings, (uint)wanted.Baud) != 0 || Libc.SetAttributes(port, 0, in settings) != 0)
            return $"it does not take {wanted} ({Libc.LastError})";
        // It succeeds if anything could be set: only reading back tells.
        return Libc.GetAttributes(port, out var actual) == 0 && Libc.OutputSpeed(in actual) == Libc.OutputSpeed(in settings)
            ? null
            : $"it does not run at {wanted.Baud} Bd";
    }

    [InlineArray(32)]
    struct ControlCharacters
    {
        byte _first;
    }
}
