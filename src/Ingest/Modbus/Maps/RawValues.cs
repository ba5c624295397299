using System.Globalization;
using EnergyWatch.Ingest.Definitions;
using YamlDotNet.RepresentationModel;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>Raw values as a model file writes them.</summary>
static class RawValues
{
    /// <summary>
    /// Raw values of this format: with 0x as they lie in the registers, else as numbers, which may be negative or, of a
    /// float, have decimals.
    /// </summary>
    public static IReadOnlyList<ulong> Raws(this DefinitionNode node, string key, RegisterFormat format)
    {
        var raws = new List<ulong>();
        foreach (var item in node.Sequence(key))
        {
            if (item is YamlScalarNode { Value: { } text } && TryRaw(text.Trim(), format, out var raw)) raws.Add(raw);
            else
            {
                node.Fault(key, $"must hold raw values up to 0x{format.MaxRaw:X}, or numbers of the point's type");
                raws.Add(0);
            }
        }
        return raws;
    }

    static bool TryRaw(string text, RegisterFormat format, out ulong raw)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return DefinitionNode.TryWhole(text, out raw) && raw <= format.MaxRaw;
        if (format.IsFloat)
        {
            var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && double.IsFinite(number);
            raw = format.Type == RegisterType.Float32
                ? BitConverter.SingleToUInt32Bits((float)number) : BitConverter.DoubleToUInt64Bits(number);
            return isNumber;
        }
        raw = 0;
        if (!text.StartsWith('-')) return DefinitionNode.TryWhole(text, out raw) && raw <= format.MaxRaw;
        var isWhole = long.TryParse(
            text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var negative);
        if (!format.IsSigned || !isWhole) return false;
        raw = (ulong)negative & format.MaxRaw;
        return format.Number(raw) == negative;
    }
}
