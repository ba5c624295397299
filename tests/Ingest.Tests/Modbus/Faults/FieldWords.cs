using System.Buffers.Binary;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>What one request asked, and when it arrived: the only moment its values may bear.</summary>
sealed record FieldAsk(int Endpoint, byte Unit, byte Function, ushort Address, ushort Count, int Number)
{
    /// <summary>Which connection of its endpoint it came on, from 1.</summary>
    public int Connection { get; init; }
}

/// <summary>
/// Registers that tell where they come from, so that a value under a wrong name shows:
/// <code>
/// 0000-3FFF  four words: endpoint and function | unit and request number, high | first address | request number, low
/// 4000-7FFF  one word: a hash of endpoint, unit, function and address
/// 8000-FFFF  two words: unit and request number, low byte | first address
/// </code>
/// </summary>
static class FieldWords
{
    public static byte[] Pdu(FieldAsk ask)
    {
        var pdu = new byte[2 + 2 * ask.Count];
        (pdu[0], pdu[1]) = (ask.Function, (byte)(2 * ask.Count));
        for (var i = 0; i < ask.Count; i++) BinaryPrimitives.WriteUInt16BigEndian(pdu.AsSpan(2 + 2 * i), Word(ask, ask.Address + i));
        return pdu;
    }

    /// <summary>Null where this value of this point can only have come from this unit; else what is wrong with it.</summary>
    /// <param name="number">The number of the request that brought it; null where the value does not tell.</param>
    public static string? Foreign(FieldPoint point, int endpoint, byte unit, double value, out int? number)
    {
        var raw = (ulong)value;
        number = null;
        if (point.Type == "uint64") number = (int)(((raw >> 16) & 0xFF0000) | (raw & 0xFFFF));
        var ask = new FieldAsk(endpoint, unit, point.Function, 0, 0, number ?? (int)((raw >> 16) & 0xFF));
        ulong expected = 0;
        for (var i = 0; i < point.Words; i++) expected = (expected << 16) | Word(ask, point.Address + i);
        return raw == expected ? null : $"0x{raw:X} stands for {point.Key}, expected is 0x{expected:X}";
    }

    static ushort Word(FieldAsk ask, int address) => address switch
    {
        >= 0x8000 => (address & 1) == 0 ? (ushort)((ask.Unit << 8) | (byte)ask.Number) : (ushort)(address - 1),
        >= 0x4000 => (ushort)(ask.Unit * 251 + ask.Function * 8191 + address * 7 + ask.Endpoint * 4093 + 1),
        _ => (address & 3) switch
        {
            0 => (ushort)((ask.Endpoint << 3) | ask.Function),
            1 => (ushort)((ask.Unit << 8) | (byte)(ask.Number >> 16)),
            2 => (ushort)(address & ~3),
            _ => (ushort)ask.Number,
        },
    };
}

/// <summary>One point of a <see cref="FieldModel"/>.</summary>
sealed record FieldPoint(string Key, byte Function, ushort Address, string Type)
{
    public int Words => Type switch { "uint16" => 1, "uint32" => 2, _ => 4 };

    public Quantity Quantity => Quantities.TryParse(Key, out var quantity) ? quantity : throw new ArgumentException(Key);
}

/// <summary>A model over <see cref="FieldWords"/>, written to a file as a user would.</summary>
sealed record FieldModel(string Id, string Extra, IReadOnlyList<FieldPoint> Points)
{
    /// <summary>Some blocks, holes, both functions, a bus that wants pauses.</summary>
    public static IReadOnlyList<FieldModel> All { get; } =
    [
        Of("wide", "", "energy_import:3:0:uint64 energy_export:3:4:uint64 power:3:12:uint64 voltage_l1:3:0x4000:uint16 flow:3:0x8000:uint32"),
        Of("narrow", "limits: { max_words: 8, max_hole: 0, forbidden: [{ register: input, first: 12, last: 0x3FFF }] }\ntiming: { gap_ms: 20, response_timeout_ms: 700 }",
            "volume:4:0:uint64 flow:4:4:uint64 power:4:8:uint64 voltage_l2:4:0x4001:uint16 heat:4:0x8002:uint32 frequency:3:16:uint64"),
        Of("slow", "timing: { connect_delay_ms: 200, response_timeout_ms: 1500 }",
            "pv_energy:3:200:uint64 pv_power:3:204:uint64 irradiance:4:200:uint64 current_l1:4:0x7FFE:uint16"),
    ];

    public FieldPoint Point(Quantity quantity) => Points.Single(point => point.Quantity == quantity);

    public string Yaml()
    {
        var points = Points.Select(point =>
            $"  - {{ key: {point.Key}, address: {point.Address}, type: {point.Type}, unit: \"{point.Quantity.Unit()}\","
            + $" register: {(point.Function == 4 ? "input" : "holding")} }}");
        var tests = Points.Where((point, i) => i == 0 || point.Quantity.Info().Kind == QuantityKind.Counter).Select(point =>
            $"  - {{ key: {point.Key}, words: [{string.Join(", ", Enumerable.Repeat("0", point.Words - 1).Append("1"))}], value: 1, shows: maximum }}");
        return $$"""
            schema: 1
            id: {{Id}}
            version: 1
            vendor: Test
            models: [test]
            class: meter
            source: this test
            evidence: example
            {{Extra}}
            points:
            {{string.Join('\n', points)}}
            self_tests:
            {{string.Join('\n', tests)}}
            """;
    }

    static FieldModel Of(string id, string extra, string points) => new(id, extra,
        [.. points.Split(' ').Select(point => point.Split(':')).Select(cell => new FieldPoint(
            cell[0], Convert.ToByte(cell[1], 10), Convert.ToUInt16(cell[2], cell[2].StartsWith("0x", StringComparison.Ordinal) ? 16 : 10), cell[3]))]);
}
