using System.Numerics;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>The keys of a point: what it is, where it lies, how its number is read, and when.</summary>
static class PointKeys
{
    const long LongestPeriodS = 31 * 24 * 3600;

    // Wide enough for any meter, narrow enough for decimals to hold the product with any unit.
    const decimal SmallestScale = 0.000000001m;
    const decimal LargestScale = 1000000000m;
    const decimal LargestOffset = 1000000000000m;

    static readonly Dictionary<string, RegisterType> Types =
        Enum.GetValues<RegisterType>().ToDictionary(type => type.ToString().ToLowerInvariant());

    static readonly Dictionary<string, bool> Orders = new() { ["big"] = false, ["little"] = true };

    public static RegisterPoint? Point(DefinitionNode node, DefinitionNode? defaults, ReadLimits limits, DataItems? items)
    {
        var key = node.Text("key");
        if (!Quantities.TryParse(key, out var quantity))
        {
            if (key.Length > 0) node.Fault("key", $"'{key}' is no quantity; known are {string.Join(", ", Quantities.All.Select(q => q.Key))}");
            return null;
        }
        var format = items is null ? Format(node, defaults) : ItemFormat(node, defaults);
        var (scale, offset) = (node.Number("scale", 1), node.Number("offset", 0));
        if (scale == 0) node.Fault("scale", "must not be 0");
        else if (Math.Abs(scale) is < SmallestScale or > LargestScale)
        {
            node.Fault("scale", $"must be from {SmallestScale} to {LargestScale}, or as much below 0");
            scale = 1;
        }
        if (Math.Abs(offset) > LargestOffset)
        {
            node.Fault("offset", $"must be from -{LargestOffset} to {LargestOffset}");
            offset = 0;
        }
        var code = items?.UnitCode(node, quantity, scale == 0 ? 1 : scale, offset);
        var unit = code is null ? node.Text("unit") : quantity.Unit();
        if (!UnitConversion.TryFind(unit, quantity.Unit(), out var conversion))
            node.Fault("unit", $"'{unit}' is no unit of {key}; allowed are {string.Join(", ", UnitConversion.UnitsFor(quantity.Unit()))}");
        if (scale == 0 || conversion.Divide == 0) (scale, conversion) = (1, UnitConversion.Same);
        var point = new RegisterPoint(
            quantity, default, 0, format, Scaling.Of(scale, offset, conversion), unit, node.Raws("invalid", format),
            items is null ? node.OptionalText("group") : null)
        {
            UnitCode = code,
            Plausible = Plausible(node),
            Period = node.OptionalText("period_s") is null ? null : TimeSpan.FromSeconds(node.Whole("period_s", 1, LongestPeriodS)),
            Optional = node.Flag("optional"),
        };
        point = items?.Place(node, point) ?? Place(node, defaults, limits, point);
        node.Finish();
        return point;
    }

    /// <summary>The table a point lies in; holding registers where nothing is said.</summary>
    public static MeterFunction Table(DefinitionNode node, DefinitionNode? defaults) => node.OneOf(
        "register", AskingKeys.Tables, defaults?.OneOf("register", AskingKeys.Tables, MeterFunction.HoldingRegisters) ?? MeterFunction.HoldingRegisters);

    public static RegisterFormat Format(DefinitionNode node, DefinitionNode? defaults)
    {
        var table = Table(node, defaults);
        var isBit = table is MeterFunction.Coils or MeterFunction.DiscreteInputs;
        var format = new RegisterFormat(
            isBit ? node.OneOf("type", Types, RegisterType.Bit) : Type(node, defaults),
            node.OneOf("word_order", Orders, defaults?.OneOf("word_order", Orders, false) ?? false),
            node.OneOf("byte_order", Orders, defaults?.OneOf("byte_order", Orders, false) ?? false));
        if (format.Type == RegisterType.Bcd) node.Fault("type", "'bcd' is of data items; registers hold bcd16, bcd32 or bcd64");
        if (isBit != (format.Type == RegisterType.Bit)) node.Fault("type", "coils and discrete inputs are of type 'bit', registers are not");
        return isBit ? new RegisterFormat(RegisterType.Bit) : format;
    }

    // Data items come low byte first.
    static RegisterFormat ItemFormat(DefinitionNode node, DefinitionNode? defaults)
    {
        var format = new RegisterFormat(Type(node, defaults), true, true);
        return format.Type != RegisterType.Bcd ? format : format with
        {
            BcdBytes = (byte)node.Whole("bytes", 1, RegisterFormat.MaxBcdBytes), HasSignBit = node.Flag("signed"),
        };
    }

    static RegisterType Type(DefinitionNode node, DefinitionNode? defaults) =>
        node.OneOf("type", Types, defaults?.OneOf("type", Types, RegisterType.Uint16));

    static RegisterPoint Place(DefinitionNode node, DefinitionNode? defaults, ReadLimits limits, RegisterPoint point)
    {
        var isBit = point.Format.Type == RegisterType.Bit;
        IReadOnlyList<ulong> sum = isBit ? [] : node.Wholes("sum", ushort.MaxValue);
        if (sum.Count == 0) sum = [(ulong)node.Whole("address", 0, ushort.MaxValue)];
        point = point with
        {
            Function = Table(node, defaults), Address = (uint)sum[0], Addends = [.. sum.Skip(1).Select(address => (uint)address)],
            ScaleFactor = isBit || node.OptionalText("scale_factor") is null ? null : (uint)node.Whole("scale_factor", 0, ushort.MaxValue),
            Mask = isBit || node.OptionalText("mask") is null ? null : Mask(node, point.Format),
        };
        var place = sum.Count > 1 ? "sum" : "address";
        if (point.End > 65536) node.Fault(place, "the value would end behind register 65535");
        if (limits.Forbidden.Any(range => range.Overlaps(point.Function, point.First, point.End)))
            node.Fault(place, "lies on a forbidden register, or on both sides of one");
        return point;
    }

    /// <summary>What a scan knows the model by: held to the same places and ranges as a point.</summary>
    public static RegisterProbe Probe(DefinitionNode node, DefinitionNode? defaults, ReadLimits limits)
    {
        var probe = new RegisterProbe(
            Table(node, defaults), (uint)node.Whole("address", 0, ushort.MaxValue), Format(node, defaults),
            (double)node.Number("scale", 1), node.Real("min"), node.Real("max"));
        var end = probe.Address + probe.Format.Words;
        if (probe.Format.Type == RegisterType.Bit) node.Fault("register", "must be holding or input: a bit is no mark of a model");
        if (end > 65536) node.Fault("address", "the value would end behind register 65535");
        if (probe.Format.Words > limits.MaxWords) node.Fault("type", $"takes {probe.Format.Words} registers, more than one read may bring ({limits.MaxWords})");
        if (limits.Forbidden.Any(range => range.Overlaps(probe.Function, probe.Address, end)))
            node.Fault("address", "lies on a forbidden register, or on both sides of one");
        if (limits.Boundaries.Any(boundary => probe.Address < boundary && boundary < end))
            node.Fault("address", "lies on both sides of a boundary that no read may cross");
        if (probe.Scale == 0) node.Fault("scale", "must not be 0");
        if (probe.Max < probe.Min) node.Fault("max", "must not be less than min");
        node.Finish();
        return probe;
    }

    // One run of ones: two fields of a word are two points.
    static ulong Mask(DefinitionNode node, RegisterFormat format)
    {
        if (format.HasNonNumbers || format.IsSigned) node.Fault("mask", "must be of an unsigned whole number");
        if (!DefinitionNode.TryWhole(node.Text("mask"), out var mask) || mask > format.MaxRaw)
        {
            node.Fault("mask", $"must be a whole number up to 0x{format.MaxRaw:X}");
            return format.MaxRaw;
        }
        var field = mask >> BitOperations.TrailingZeroCount(mask);
        if (mask == 0 || (field & (field + 1)) != 0) node.Fault("mask", "must be one run of ones, such as 0x0FF0");
        return mask == 0 ? format.MaxRaw : mask;
    }

    static PlausibleRange Plausible(DefinitionNode node)
    {
        var range = new PlausibleRange(
            node.OptionalText("min") is null ? double.NegativeInfinity : node.Real("min"),
            node.OptionalText("max") is null ? double.PositiveInfinity : node.Real("max"));
        if (range.Max < range.Min) node.Fault("max", "must not be less than min");
        return range;
    }
}
