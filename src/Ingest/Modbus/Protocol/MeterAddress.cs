using System.Globalization;

namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>A meter's address as people write it, and as a request carries it.</summary>
public static class MeterAddress
{
    /// <summary>DL/T 645: whoever is there answers; for a line with one meter on it.</summary>
    public const ulong AnyDlt645 = 0xAAAA_AAAA_AAAA;

    /// <summary>CJ/T 188: whoever is there answers; for a line with one meter on it.</summary>
    public const ulong AnyCjt188 = 0xAA_AAAA_AAAA_AAAA;

    const int MaxUnitDigits = 3;

    /// <summary>Digits of an address; 0 for Modbus, whose units are numbers.</summary>
    public static int DigitsOf(MeterProtocol protocol) => protocol switch
    {
        MeterProtocol.Modbus => 0,
        MeterProtocol.Cjt188 => 14,
        _ => 12,
    };

    public static bool IsAny(MeterProtocol protocol, ulong address) =>
        protocol != MeterProtocol.Modbus && address == (protocol == MeterProtocol.Cjt188 ? AnyCjt188 : AnyDlt645);

    /// <summary>
    /// Reads a unit from 0 to 255, or the digits printed on the meter, all of them. <c>A</c> for every digit is the address that any
    /// meter answers.
    /// </summary>
    public static bool TryParse(MeterProtocol protocol, string? text, out ulong address)
    {
        address = 0;
        var trimmed = text?.Trim() ?? "";
        if (protocol == MeterProtocol.Modbus)
        {
            // Twelve digits are the address of another protocol, even where they are a small number.
            byte unit = 0;
            var isUnit = trimmed.Length <= MaxUnitDigits && byte.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out unit);
            address = unit;
            return isUnit;
        }
        if (trimmed.Length != DigitsOf(protocol)) return false;
        if (trimmed.All(char.IsAsciiDigit) || trimmed.All(digit => digit is 'A' or 'a'))
            return ulong.TryParse(trimmed, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out address);
        return false;
    }

    /// <summary>The address as it is written down.</summary>
    public static string Shown(MeterProtocol protocol, ulong address) => protocol switch
    {
        MeterProtocol.Modbus => address.ToString(CultureInfo.InvariantCulture),
        MeterProtocol.Cjt188 => address.ToString("X14", CultureInfo.InvariantCulture),
        _ => address.ToString("X12", CultureInfo.InvariantCulture),
    };

    /// <summary>What an address must be, in words.</summary>
    public static string Allowed(MeterProtocol protocol) => protocol == MeterProtocol.Modbus
        ? "a Modbus unit from 0 to 255"
        : $"the {DigitsOf(protocol)} digits of a {protocol.InWords()} address";

    // Digits lie on the wire two a byte, the last two first.
    internal static void Write(Span<byte> bytes, ulong address)
    {
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(address >> (8 * i));
    }

    internal static ulong Read(ReadOnlySpan<byte> bytes)
    {
        ulong address = 0;
        for (var i = bytes.Length - 1; i >= 0; i--) address = address << 8 | bytes[i];
        return address;
    }
}
