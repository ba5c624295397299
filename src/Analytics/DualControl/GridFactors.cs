using System.Globalization;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>Emission factors of grid electricity in kgCO₂/kWh by area and data year, as announced.</summary>
public sealed class GridFactors
{
    public const string FileName = "grid-factors.csv";
    const string Header = "area,data_year,kgco2_per_kwh,announcement,dated,evidence";

    readonly Dictionary<(string Area, int Year), CarrierFactor> _factors = [];

    public int Count => _factors.Count;

    public CarrierFactor? Find(string area, int dataYear) => _factors.GetValueOrDefault((area, dataYear));

    /// <summary>
    /// Reads the table; what is wrong with a row is added to the faults with file and line, and the row left out.
    /// </summary>
    public static GridFactors Read(string path, List<string> faults)
    {
        var table = new GridFactors();
        if (!File.Exists(path))
        {
            faults.Add($"{FileName}: there is no such file");
            return table;
        }
        var lines = File.ReadAllLines(path);
        if (lines.Length == 0 || lines[0] != Header)
        {
            faults.Add($"{FileName}:1: the first line must be {Header}");
            return table;
        }
        for (var i = 1; i < lines.Length; i++)
            if (lines[i].Length > 0 && table.Add(lines[i].Split(',')) is { } fault)
                faults.Add($"{FileName}:{i + 1}: {fault}");
        return table;
    }

    string? Add(string[] row)
    {
        if (row.Length != 6) return $"{row.Length} columns instead of 6";
        if (row[0].Length == 0) return "area is empty";
        if (!int.TryParse(row[1], NumberStyles.None, CultureInfo.InvariantCulture, out var year))
            return $"data_year {row[1]} is no year";
        if (!double.TryParse(row[2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value is not (> 0 and < 2))
            return $"kgco2_per_kwh {row[2]} is not between 0 and 2";
        if (!DateOnly.TryParseExact(row[4], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None,
            out var dated))
            return $"dated {row[4]} is no date (yyyy-MM-dd)";
        if (!CaliberReader.Evidences.Contains(row[5]))
            return $"evidence {row[5]} is not one of {string.Join(", ", CaliberReader.Evidences)}";
        var factor = new CarrierFactor(
            Carrier.Electricity, FactorKind.Carbon, value, $"{row[3]}（{row[0]}）",
            string.Create(CultureInfo.InvariantCulture, $"{year}"), dated, row[5], null);
        return _factors.TryAdd((row[0], year), factor) ? null : $"{row[0]} {year} is there twice";
    }
}
