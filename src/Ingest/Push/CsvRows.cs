using System.Globalization;
using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Push;

/// <summary>Turns rows below a header into readings and faults.</summary>
sealed class CsvRows(CsvHeader header, RegistrySnapshot registry, CsvTimes times, CsvFaults faults)
{
    const int LongestName = 128;

    /// <summary>Rows so far, faulty ones included.</summary>
    public long Count { get; private set; }

    public void Read(ReadOnlySpan<byte> line, int number, ImportBatch batch)
    {
        Count++;
        if (header.IsLong) ReadLong(line, number, batch);
        else ReadWide(line, number, batch);
    }

    public void RefuseCut(int number)
    {
        Count++;
        faults.Add(number, "", $"The line is longer than {CsvLines.LongestLine} bytes.");
    }

    void ReadWide(ReadOnlySpan<byte> line, int number, ImportBatch batch)
    {
        var (kept, known) = (batch.Count, faults.Mark());
        var fields = new CsvFields(line);
        fields.Next(out var time);
        var timeFault = times.Read(time, out var at);
        var column = 1;
        for (; fields.Next(out var cell); column++)
        {
            if (cell.IsEmpty || timeFault is not null || column >= header.Series.Length
                || header.Series[column] is not { } series) continue;
            if (CsvNumber.TryParse(cell, out var value))
                batch.Add(new Reading(series, at, value, Provenance.Imported), number);
            else faults.Add(number, header.Names[column], $"{Shown.Text(cell)} is not a number");
        }
        if (ShapeFault(fields.Fault, column, line) is { } shape)
        {
            // Cells may stand under a meter that is not theirs: none of the row is taken.
            batch.Return(kept);
            faults.Return(known);
            faults.Add(number, "", shape);
        }
        else if (timeFault is not null) faults.Add(number, header.Names[0], $"{Shown.Text(time)}: {timeFault}");
    }

    void ReadLong(ReadOnlySpan<byte> line, int number, ImportBatch batch)
    {
        ReadOnlySpan<byte> meter = default, quantity = default, time = default, value = default;
        var fields = new CsvFields(line);
        var column = 0;
        for (; fields.Next(out var field); column++)
        {
            if (column == header.Meter) meter = field;
            else if (column == header.Quantity) quantity = field;
            else if (column == header.Time) time = field;
            else if (column == header.Value) value = field;
        }
        var (name, reason) = ("", ShapeFault(fields.Fault, column, line));
        if (reason is null && TryRead(meter, quantity, time, value, out var reading, out name, out reason))
            batch.Add(reading, number);
        else faults.Add(number, name, reason!);
    }

    bool TryRead(
        ReadOnlySpan<byte> meter, ReadOnlySpan<byte> quantity, ReadOnlySpan<byte> time, ReadOnlySpan<byte> value,
        out Reading reading, out string column, out string? reason)
    {
        (reading, column, reason) = (default, "", null);
        if (MeterOf(meter) is not { } known) (column, reason) = ("meter", $"there is no meter {Shown.Text(meter)}");
        else if (!TryQuantity(quantity, out var what))
            (column, reason) = ("quantity", $"there is no quantity {Shown.Text(quantity)}");
        else if (times.Read(time, out var at) is { } fault) (column, reason) = ("time", $"{Shown.Text(time)}: {fault}");
        else if (!CsvNumber.TryParse(value, out var number))
            (column, reason) = ("value", $"{Shown.Text(value)} is not a number");
        else reading = new Reading(new SeriesKey(known, what), at, number, Provenance.Imported);
        return reason is null;
    }

    MeterId? MeterOf(ReadOnlySpan<byte> code)
    {
        Span<char> name = stackalloc char[LongestName];
        return Encoding.UTF8.TryGetChars(code, name, out var length) ? registry.Meter(name[..length])?.Id : null;
    }

    static bool TryQuantity(ReadOnlySpan<byte> key, out Quantity quantity)
    {
        Span<char> name = stackalloc char[LongestName];
        quantity = default;
        return Encoding.UTF8.TryGetChars(key, name, out var length)
            && Quantities.TryParse(name[..length], out quantity);
    }

    string? ShapeFault(string? fault, int columns, ReadOnlySpan<byte> line)
    {
        if (fault is not null) return fault;
        if (columns == header.Names.Length) return null;
        // A header whose empty columns were cut goes with rows that still have them.
        if (columns > header.Names.Length && IsEmptyBeyondHeader(line)) return null;
        return string.Create(
            CultureInfo.InvariantCulture, $"it has {columns} fields, the header {header.Names.Length}");
    }

    bool IsEmptyBeyondHeader(ReadOnlySpan<byte> line)
    {
        var fields = new CsvFields(line);
        for (var column = 0; fields.Next(out var field); column++)
            if (column >= header.Names.Length && !field.IsEmpty) return false;
        return true;
    }
}
