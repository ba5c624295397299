using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// What the header says of the columns: the form of the file, and for the wide one the series of each.
/// </summary>
sealed class CsvHeader
{
    const string MeterColumn = "meter", QuantityColumn = "quantity", TimeColumn = "time", ValueColumn = "value";

    CsvHeader(string[] names, SeriesKey?[] series, bool isLong)
    {
        (Names, Series, IsLong) = (names, series, isLong);
        (Meter, Quantity) = (Array.IndexOf(names, MeterColumn), Array.IndexOf(names, QuantityColumn));
        (Time, Value) = (Array.IndexOf(names, TimeColumn), Array.IndexOf(names, ValueColumn));
    }

    public string[] Names { get; }
    public bool IsLong { get; }

    /// <summary>Wide form: the series of each column; null where the column is not taken.</summary>
    public SeriesKey?[] Series { get; }

    /// <summary>Positions of the columns of the long form.</summary>
    public int Meter { get; }
    public int Quantity { get; }
    public int Time { get; }
    public int Value { get; }

    /// <summary>Null where the file cannot be read by this header; the faults say why.</summary>
    public static CsvHeader? Read(
        ReadOnlySpan<byte> line, int number, CsvImportRequest request, RegistrySnapshot registry, CsvFaults faults)
    {
        if (FaultOfBytes(line) is { } fault)
        {
            faults.Add(number, "", fault);
            return null;
        }
        var names = new List<string>();
        var fields = new CsvFields(line);
        while (fields.Next(out var field)) names.Add(Encoding.UTF8.GetString(field));
        // Spreadsheets write the commas of empty columns to the end.
        while (fields.Fault is null && names is [.., ""] && names.Count > 1) names.RemoveAt(names.Count - 1);
        if (fields.Fault is not null) faults.Add(number, "", fields.Fault);
        else if (IsLongForm(names)) return Long(names, number, faults);
        else if (names[0] != TimeColumn)
            faults.Add(number, names[0], "The header is neither meter,quantity,time,value nor time,<meter code>,…");
        else if (request.Quantity is not { } quantity)
            faults.Add(number, QuantityColumn, "In this form the columns are meters: name the quantity they hold.");
        else return Wide(names, quantity, number, registry, faults);
        return null;
    }

    static bool IsLongForm(List<string> names) =>
        names.Contains(MeterColumn) && names.Contains(QuantityColumn)
        && names.Contains(TimeColumn) && names.Contains(ValueColumn);

    static CsvHeader? Long(List<string> names, int number, CsvFaults faults)
    {
        if (Repeated(names) is { Count: > 0 } repeated)
        {
            foreach (var name in repeated) faults.Add(number, name, "This column is there more than once.");
            return null;
        }
        foreach (var name in names.Except([MeterColumn, QuantityColumn, TimeColumn, ValueColumn]))
            faults.Add(number, name, "This is no column of the form meter,quantity,time,value; it is not read.");
        return new CsvHeader([.. names], new SeriesKey?[names.Count], isLong: true);
    }

    static CsvHeader Wide(
        List<string> names, Quantity quantity, int number, RegistrySnapshot registry, CsvFaults faults)
    {
        var (series, repeated) = (new SeriesKey?[names.Count], Repeated(names));
        for (var i = 1; i < names.Count; i++)
        {
            // Of two columns of one meter nobody knows which is meant: neither is taken.
            if (repeated.Contains(names[i]))
                faults.Add(number, names[i], "This column is there more than once; none of them is read.");
            else if (registry.Meter(names[i]) is { } meter) series[i] = new SeriesKey(meter.Id, quantity);
            else faults.Add(number, names[i], $"There is no meter {Shown.Text(names[i])}; its column is not read.");
        }
        return new CsvHeader([.. names], series, isLong: false);
    }

    static HashSet<string> Repeated(List<string> names) =>
        [.. names.GroupBy(name => name).Where(group => group.Skip(1).Any()).Select(group => group.Key)];

    static string? FaultOfBytes(ReadOnlySpan<byte> line)
    {
        if (line is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) return "The file is UTF-16: save it as CSV UTF-8.";
        return System.Text.Unicode.Utf8.IsValid(line) ? null : "The header is not UTF-8: save the file as CSV UTF-8.";
    }
}
