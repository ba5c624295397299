using System.Diagnostics;
using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Commands;
using EnergyWatch.Simulator.History;
using EnergyWatch.Simulator.Metering;
using EnergyWatch.Simulator.Modbus;
using EnergyWatch.Simulator.Tests.County;
using EnergyWatch.Simulator.Tests.Modbus;
using EnergyWatch.Support;
using Xunit.Abstractions;

namespace EnergyWatch.Simulator.Tests.History;

public sealed class HistoryTests(ITestOutputHelper output) : IDisposable
{
    static readonly Period Week = new(Some.At("2026-09-07T00:00:00+08:00"), Some.At("2026-09-14T00:00:00+08:00"));

    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_are_named_after_quantities_and_hold_every_meter_that_speaks()
    {
        var files = Write(Week);
        Assert.Equal(
            ["energy_export.csv", "energy_import.csv", "irradiance.csv", "pv_energy.csv", "volume.csv"],
            files.Select(file => Path.GetFileName(file.Path)).Order(StringComparer.Ordinal));
        var meters = files.SelectMany(file => CsvTable.Read(file.Path)[0].Keys.Where(column => column != "time")).ToList();
        Assert.Equal(119, meters.Distinct().Count());
        Assert.DoesNotContain(Faults.DeadMeter, meters);
    }

    [Fact]
    public void Counters_are_told_every_hour_and_a_silent_one_leaves_its_cells_empty()
    {
        var rows = CsvTable.Read(File(Quantity.EnergyImport, Week));
        Assert.Equal(7 * 24, rows.Count);
        Assert.Equal("2026-09-06T16:00:00Z", rows[0]["time"]);
        Assert.Equal(72, rows.Count(row => row[Faults.LongGap.Meter] is ""));
        Assert.All(rows, row => Assert.NotEqual("", row["JG-01-E1"]));
    }

    [Fact]
    public void History_and_live_values_are_the_same_to_the_last_bit()
    {
        var county = new LiveCounty(Week.From);
        foreach (var quantity in new[] { Quantity.EnergyImport, Quantity.PvEnergy, Quantity.Volume })
        {
            var row = CsvTable.Read(File(quantity, Week))[^1];
            var at = Some.At(row["time"]);
            foreach (var (code, cell) in row.Where(cell => cell.Key != "time"))
            {
                var meter = county.ByCode[code];
                Assert.Equal(Polled(meter, quantity, at), double.Parse(cell, CultureInfo.InvariantCulture));
            }
        }
    }

    [Fact]
    public void Two_histories_of_the_same_time_are_the_same_bytes()
    {
        using var again = new TempFolder();
        var second = HistoryWriter.Write(Week, TimeSpan.FromHours(1), new DirectoryInfo(again.Path)).ToList();
        foreach (var (one, other) in Write(Week).Zip(second))
            Assert.True(System.IO.File.ReadAllBytes(one.Path).AsSpan().SequenceEqual(System.IO.File.ReadAllBytes(other.Path)));
    }

    [Fact]
    public void Thirteen_months_are_written_in_seconds()
    {
        var began = Stopwatch.GetTimestamp();
        var files = Write(new Period(Some.At("2025-10-01T00:00:00+08:00"), Some.At("2026-11-20T00:00:00+08:00")));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var values = files.Sum(file => file.Values);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{values:N0} values in {seconds:F2} s, {values / seconds:N0} values/s"));
        Assert.InRange(values, 1_200_000, 1_500_000);
    }

    [Fact]
    public void It_begins_thirteen_months_before_this_month() =>
        Assert.Equal(
            DateTimeOffset.Parse("2025-10-01T00:00:00+08:00", CultureInfo.InvariantCulture),
            HistoryCommand.ThirteenMonthsBefore(DateTimeOffset.Parse("2026-11-20T10:01:36Z", CultureInfo.InvariantCulture)));

    static double? Polled(Instrument meter, Quantity quantity, Instant at)
    {
        if (meter.Plan.Model is not { } model) return meter.Read(quantity, at);
        var point = MeterModels.Named(model).Point(quantity)!;
        var words = new byte[8];
        point.Encode(meter.Read(quantity, at)!.Value, words);
        return Decoded.Value(point, words);
    }

    List<HistoryFile> Write(Period period) => [.. HistoryWriter.Write(period, TimeSpan.FromHours(1), new DirectoryInfo(_folder.Path))];

    string File(Quantity quantity, Period period) => Write(period).Single(file => file.Quantity == quantity).Path;
}
