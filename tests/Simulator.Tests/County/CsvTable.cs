using System.Globalization;
using CsvHelper;
using EnergyWatch.Support;

namespace EnergyWatch.Simulator.Tests.County;

/// <summary>A committed seed file as rows of named cells.</summary>
static class CsvTable
{
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Of(string file) =>
        Read(Repository.PathOf("seeds", "demo-county", file));

    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Read(string path)
    {
        using var csv = new CsvReader(new StreamReader(path), CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        var rows = new List<IReadOnlyDictionary<string, string>>();
        while (csv.Read()) rows.Add(csv.HeaderRecord!.ToDictionary(name => name, name => csv.GetField(name)!));
        return rows;
    }

    public static double Number(this IReadOnlyDictionary<string, string> row, string column) =>
        double.Parse(row[column], CultureInfo.InvariantCulture);
}
