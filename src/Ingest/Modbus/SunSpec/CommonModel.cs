using System.Buffers.Binary;
using System.Text;

namespace EnergyWatch.Ingest.Modbus.SunSpec;

/// <summary>
/// The common model (sunspec/models <c>model_1.json</c>), in registers from its id. Its last register, the pad, is left out by some: its
/// length is 65 or 66.
/// <code>
/// 00     id 1          34-41  options
/// 01     length        42-49  version
/// 02-17  manufacturer  50-65  serial number
/// 18-33  model         66     unit address; 67 pad
/// </code>
/// </summary>
static class CommonModel
{
    public const ushort Id = 1;

    /// <summary>What it must be long to hold its texts.</summary>
    public const ushort LeastLength = 64;

    public const ushort MostLength = 66;

    public static SunSpecIdentity Read(ReadOnlySpan<byte> registers) => new(
        Text(registers, 2, 16), Text(registers, 18, 16), Text(registers, 34, 8), Text(registers, 42, 8), Text(registers, 50, 16));

    public static ushort Word(ReadOnlySpan<byte> registers, int at) => BinaryPrimitives.ReadUInt16BigEndian(registers[(2 * at)..]);

    // ASCII, filled up with NUL. What is no printable character would garble a log or a terminal.
    static string Text(ReadOnlySpan<byte> registers, int at, int words)
    {
        var bytes = registers.Slice(2 * at, 2 * words).TrimStart((byte)0);
        var end = bytes.IndexOf((byte)0);
        var text = new StringBuilder();
        foreach (var one in end < 0 ? bytes : bytes[..end]) text.Append(one is >= 0x20 and < 0x7F ? (char)one : '?');
        return text.ToString().Trim();
    }
}
