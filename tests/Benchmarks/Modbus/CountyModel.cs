using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Support;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>A meter of 60 registers read in one go: twenty quantities, one in every third register, the last in the last.</summary>
static class CountyModel
{
    public const string Id = "bench-60";
    public const int Points = 20;
    const int LastRegister = 59;

    public static readonly IReadOnlyList<Quantity> Quantities = [.. Enum.GetValues<Quantity>().Take(Points)];

    /// <summary>What this quantity of this unit must read: no other register of the county holds it. Small, so that it is plausible.</summary>
    public static double ValueOf(byte unit, Quantity quantity)
    {
        for (var i = 0; i < Points; i++)
            if (Quantities[i] == quantity) return Registers.At(unit, AddressOf(i)) / 10_000d;
        return double.NaN;
    }

    public static RegisterMap Load()
    {
        using var folder = new TempFolder();
        WriteTo(folder.Path);
        var maps = RegisterMaps.Load([folder.Path]);
        return maps.Find(Id) ?? throw new InvalidOperationException(string.Join('\n', maps.Faults));
    }

    public static void WriteTo(string folder) => File.WriteAllText(Path.Combine(folder, $"{Id}.yaml"),
        $$"""
        schema: 1
        id: {{Id}}
        version: 1
        vendor: Nobody
        models: [60 registers]
        class: meter
        source: tests/Benchmarks
        evidence: example
        limits: { max_words: 60, max_hole: 4 }
        points:
        {{string.Join('\n', Quantities.Select(Point))}}
        self_tests:
        {{string.Join('\n', Quantities.Select(Test))}}
        """);

    static int AddressOf(int index) => index == Points - 1 ? LastRegister : 3 * index;

    static string Point(Quantity quantity, int index) => string.Create(
        CultureInfo.InvariantCulture, $"  - {{ key: {quantity.Key()}, address: {AddressOf(index)}, unit: \"{quantity.Unit()}\", type: uint16, scale: 0.0001 }}");

    static string Test(Quantity quantity) => $"  - {{ key: {quantity.Key()}, words: [10000], value: 1, shows: maximum }}";
}
