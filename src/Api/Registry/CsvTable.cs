using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Api.Registry;

/// <summary>
/// One registry file: header and rows, read whole. Cells are asked for by column; what is missing or does not fit becomes a fault with
/// file, line and column, and reading goes on, so that an officer sees all of them at once.
/// </summary>
sealed class CsvTable
{
    readonly string _file;
    readonly Dictionary<string, int> _columns = [];
    readonly List<(int Line, string[] Cells)> _rows = [];

    public CsvTable(string file, TextReader text, IReadOnlyList<string> required, IReadOnlyList<string> optional, List<RegistryFault> faults)
    {
        _file = file;
        Faults = faults;
        using var parser = new CsvParser(text, new CsvConfiguration(CultureInfo.InvariantCulture) { BadDataFound = null, TrimOptions = TrimOptions.Trim });
        if (!parser.Read())
        {
            Fault(1, "", "the file is empty; the first row must name the columns");
            return;
        }
        ReadHeader(parser.Record ?? [], required, optional);
        while (parser.Read())
        {
            var cells = parser.Record ?? [];
            if (cells.All(string.IsNullOrEmpty)) continue;
            if (cells.Length != _columns.Count) Fault(parser.RawRow, "", $"has {cells.Length} cells where the header names {_columns.Count}");
            else _rows.Add((parser.RawRow, cells));
        }
    }

    public List<RegistryFault> Faults { get; }

    public IEnumerable<CsvRow> Rows => _rows.Select(row => new CsvRow(this, row.Line, row.Cells));

    public RowPlace Place(int line) => new(_file, line);

    public void Fault(int line, string column, string reason) => Faults.Add(new RegistryFault(_file, line, column, reason));

    public string? Cell(string[] cells, string column) =>
        _columns.TryGetValue(column, out var index) && cells[index] is { Length: > 0 } text ? text : null;

    void ReadHeader(string[] header, IReadOnlyList<string> required, IReadOnlyList<string> optional)
    {
        for (var index = 0; index < header.Length; index++)
        {
            if (!required.Contains(header[index]) && !optional.Contains(header[index]))
                Fault(1, header[index], $"no such column; known are {string.Join(", ", required.Concat(optional))}");
            else if (!_columns.TryAdd(header[index], index))
                Fault(1, header[index], "this column stands twice");
        }
        foreach (var missing in required.Where(column => !_columns.ContainsKey(column)))
            Fault(1, missing, "this column is missing");
    }
}

/// <summary>The cells of one row. After a fault they answer something harmless; the table is refused as a whole anyway.</summary>
readonly struct CsvRow(CsvTable table, int line, string[] cells)
{
    public RowPlace Place => table.Place(line);

    public string? Text(string column) => table.Cell(cells, column);

    public string Required(string column)
    {
        if (Text(column) is { } text) return text;
        Fault(column, "must not be empty");
        return "";
    }

    public DateOnly? Day(string column)
    {
        if (Text(column) is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return day;
        Fault(column, $"\"{text}\" is not a day like 2026-01-31");
        return null;
    }

    public DateOnly RequiredDay(string column)
    {
        if (Text(column) is null) Required(column);
        return Day(column) ?? default;
    }

    public double? Number(string column, double least = double.MinValue)
    {
        if (Text(column) is not { } text) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number >= least)
            return number;
        Fault(column, least > double.MinValue
            ? string.Create(CultureInfo.InvariantCulture, $"\"{text}\" is not a number of at least {least}")
            : $"\"{text}\" is not a number");
        return null;
    }

    public double RequiredNumber(string column, double least = double.MinValue)
    {
        if (Text(column) is null) Required(column);
        return Number(column, least) ?? 0;
    }

    public int Whole(string column, int otherwise, int least, int most)
    {
        if (Text(column) is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Fault(column, $"\"{text}\" is not a whole number from {least} to {most}");
        return otherwise;
    }

    public void Fault(string column, string reason) => table.Fault(line, column, reason);
}
