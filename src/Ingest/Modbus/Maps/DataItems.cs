using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>The keys of a model whose meters have data items instead of registers: DL/T 645 and CJ/T 188.</summary>
/// <param name="Above">What stands above an identifier in <see cref="RegisterPoint.Address"/>: 0, or the meter's types of CJ/T 188.</param>
sealed record DataItems(MeterProtocol Protocol, uint Above)
{
    /// <summary>The identifier as the standards write it.</summary>
    public static string Shown(MeterProtocol protocol, uint address) => protocol == MeterProtocol.Dlt645Of2007
        ? address.ToString("X8", CultureInfo.InvariantCulture)
        : (address & 0xFFFF).ToString("X4", CultureInfo.InvariantCulture);

    /// <summary>The identifier without what stands above it; of a register, its address.</summary>
    public static uint IdentifierOf(RegisterPoint point) =>
        point.Protocol == MeterProtocol.Cjt188 ? point.Address & 0xFFFF : point.Address;

    // A frame holds at most 200 bytes of data (DL/T 645-2007 section 5.2.5), the identifier among them.
    const int MaxItemBytes = 196;

    public static readonly IReadOnlyDictionary<string, MeterProtocol> Protocols = new Dictionary<string, MeterProtocol>
    {
        ["modbus"] = MeterProtocol.Modbus, ["dlt645_1997"] = MeterProtocol.Dlt645Of1997, ["dlt645_2007"] = MeterProtocol.Dlt645Of2007,
        ["cjt188"] = MeterProtocol.Cjt188,
    };

    /// <summary>Null where the model has registers.</summary>
    public static DataItems? Of(DefinitionNode model)
    {
        var protocol = model.OneOf("protocol", Protocols, MeterProtocol.Modbus);
        if (protocol == MeterProtocol.Modbus) return null;
        if (protocol != MeterProtocol.Cjt188) return new(protocol, 0);
        var (type, answer) = (model.Whole("meter_type", 1, 0xFF), model.Whole("answer_type", 1, 0xFF, 0));
        return new(protocol, (uint)(answer << 24 | type << 16));
    }

    /// <summary>What CJ/T 188 writes before the address: 10h cold water, 11h hot water, 20h heat, 30h gas.</summary>
    public static byte MeterTypeOf(uint address) => (byte)(address >> 16);

    /// <summary>What the meter answers as: mostly the same, but some heat meters that are asked as 20h answer as 25h.</summary>
    public static byte AnswerTypeOf(uint address) => address >> 24 == 0 ? MeterTypeOf(address) : (byte)(address >> 24);

    /// <summary>What the keys of a point say of its place; <paramref name="point"/> holds the rest.</summary>
    public RegisterPoint Place(DefinitionNode node, RegisterPoint point)
    {
        var highest = Protocol == MeterProtocol.Dlt645Of2007 ? uint.MaxValue : ushort.MaxValue;
        var item = (uint)node.Whole("item", 0, highest);
        var at = (int)node.Whole("at", 0, MaxItemBytes - point.Format.Bytes, 0);
        return point with
        {
            Protocol = Protocol, Function = MeterFunction.DataItem, Address = Above | item, At = at,
            ItemBytes = (int)node.Whole("item_bytes", at + point.Format.Bytes, MaxItemBytes, at + point.Format.Bytes),
        };
    }

    /// <summary>The unit that the data name by a code; null where the model names it.</summary>
    public UnitByCode? UnitCode(DefinitionNode node, Quantity quantity, decimal scale, decimal offset)
    {
        if (Protocol != MeterProtocol.Cjt188 || node.OptionalText("unit_code_at") is null) return null;
        var code = new UnitByCode((int)node.Whole("unit_code_at", 0, MaxItemBytes - 1), UnitCodes.For(quantity, scale, offset));
        if (code.Scalings.Count == 0) node.Fault("unit_code_at", $"no unit code of CJ/T 188 is a unit of {quantity.Key()}");
        return code;
    }

    /// <summary>All points of an item know how many bytes it has: as many as the one that reaches farthest needs.</summary>
    public static IReadOnlyList<RegisterPoint> WithItemBytes(IReadOnlyList<RegisterPoint> points)
    {
        var lengths = points.Where(point => point.IsItem).GroupBy(point => point.Address)
            .ToDictionary(item => item.Key, item => item.Max(point => Math.Max(point.ItemBytes, point.UnitCode is { } unit ? unit.At + 1 : 0)));
        return [.. points.Select(point => point.IsItem ? point with { ItemBytes = lengths[point.Address] } : point)];
    }
}
