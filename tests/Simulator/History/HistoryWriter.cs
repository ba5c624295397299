using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Buildings;
using EnergyWatch.Simulator.County;
using EnergyWatch.Simulator.Metering;
using EnergyWatch.Simulator.Modbus;

namespace EnergyWatch.Simulator.History;

/// <summary>
/// What the meters showed in the past, as CSV files in wide form, one per quantity and named after it: exactly the values that
/// they would have shown live. A missing reading is an empty cell.
/// </summary>
static class HistoryWriter
{
    // Half an hour of sun says little about the other half: sensors are written every ten minutes, whatever the step.
    static readonly TimeSpan SensorStep = TimeSpan.FromMinutes(10);

    public static IEnumerable<HistoryFile> Write(Period period, TimeSpan step, DirectoryInfo folder)
    {
        folder.Create();
        var county = new LiveCounty(period.From);
        foreach (var group in county.Instruments.Where(i => i.Plan.Code != Faults.DeadMeter).GroupBy(i => i.Main))
        {
            var isGauge = group.Key.Info().Kind == QuantityKind.Gauge;
            yield return One(county, [.. group], period, isGauge && step > SensorStep ? SensorStep : step, folder);
        }
    }

    static HistoryFile One(LiveCounty county, Instrument[] meters, Period period, TimeSpan step, DirectoryInfo folder)
    {
        var quantity = meters[0].Main;
        var path = Path.Combine(folder.FullName, $"{quantity.Key()}.csv");
        using var rows = new CsvRows(path);
        rows.Header(meters.Select(meter => meter.Plan.Code));
        var values = 0L;
        var sites = meters.Select(meter => LiveCounty.IndexOf(meter.Plan)).ToArray();
        var counted = quantity.Info().Kind == QuantityKind.Counter ? sites.Distinct().ToArray() : [];
        var points = meters.Select(meter => meter.Plan.Model is { } model ? MeterModels.Named(model).Point(quantity) : null).ToArray();
        var sums = new double[DemoCounty.Institutions.Count][];
        double[] flows = new double[Building.Channels];
        for (var at = FirstStep(period.From, step); at < period.To; at += step)
        {
            foreach (var site in counted) county.Totals.At(site, at, sums[site] ??= new double[Building.Channels], flows);
            rows.Begin(at);
            for (var i = 0; i < meters.Length; i++)
            {
                var shown = Shown(meters[i], at, sums[sites[i]]);
                rows.Cell(shown is { } value && points[i] is { } point ? point.Rounded(value) : shown);
                if (shown is not null) values++;
            }
            rows.End();
        }
        return new(quantity, path, values);
    }

    static double? Shown(Instrument meter, Instant at, double[]? sums)
    {
        var plain = sums is not null && !meter.SilentAt(at) && Faults.Shown(meter.Plan.Code, at) == at;
        return plain ? meter.Counter(at, sums) : meter.Read(meter.Main, at);
    }

    // On whole steps, so that a history told in two parts has no seam.
    static Instant FirstStep(Instant from, TimeSpan step)
    {
        var ms = (long)step.TotalMilliseconds;
        return new((from.UnixMilliseconds + ms - 1) / ms * ms);
    }
}

/// <summary>A file that was written, and how many values are in it.</summary>
sealed record HistoryFile(Quantity Quantity, string Path, long Values)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{System.IO.Path.GetFileName(Path)}: {Values:N0} values");
}
