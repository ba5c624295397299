using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Usage;

/// <summary>Runs only where the measured buildings lie beside the checkout; elsewhere it says why it did not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealBuildingsFactAttribute : FactAttribute
{
    public RealBuildingsFactAttribute()
    {
        if (!Directory.Exists(RealBuildings.Folder))
            Skip = $"The measured buildings are not beside this checkout: {RealBuildings.Folder} does not exist.";
    }
}

/// <summary>Ten measured buildings, a year by hour: amounts per hour and the monthly sums they must come to.</summary>
sealed class RealBuildings
{
    public static string Folder { get; } = Path.GetFullPath(Repository.PathOf("..", "shared", "data", "real-buildings"));

    RealBuildings(string[] names, List<(Instant Start, double[] Kwh)> hours, List<(string Month, double[] Kwh)> expected) =>
        (Names, Hours, Expected) = (names, hours, expected);

    public string[] Names { get; }
    public IReadOnlyList<(Instant Start, double[] Kwh)> Hours { get; }
    public IReadOnlyList<(string Month, double[] Kwh)> Expected { get; }

    public static RealBuildings Read()
    {
        var hours = File.ReadAllLines(Path.Combine(Folder, "electricity_hourly_2019.csv"));
        var months = File.ReadAllLines(Path.Combine(Folder, "expected_monthly_kwh.csv"));
        return new RealBuildings(
            hours[0].Split(',')[1..],
            [.. hours.Skip(1).Select(line => line.Split(',')).Select(row => (Some.At(row[0]), Numbers(row)))],
            [.. months.Skip(1).Select(line => line.Split(',')).Select(row => (row[0], Numbers(row)))]);
    }

    public IReadOnlyList<Meter> Meters(double? registerMax) =>
    [
        .. Names.Select((name, i) => Some.Meter(i + 1, name, registerMax: registerMax, intervalS: 3600)).Select(meter => meter with
        {
            Facts = new Timeline<MeterFacts>([new(new DateOnly(2018, 1, 1), meter.Facts.Facts[0].Value)]),
        }),
    ];

    /// <summary>As energy per hour.</summary>
    public List<Reading> Intervals() => [.. Hours.SelectMany(hour => hour.Kwh.Select((kwh, i) =>
        new Reading(new SeriesKey(new MeterId(i + 1), Quantity.EnergyInterval), hour.Start, kwh)))];

    /// <summary>
    /// As a counter with one decimal, beginning anew after <paramref name="registerMax"/>; one reading more than hours.
    /// </summary>
    public List<Reading> Counter(decimal? registerMax)
    {
        var readings = new List<Reading>();
        for (var i = 0; i < Names.Length; i++)
        {
            var key = new SeriesKey(new MeterId(i + 1), Quantity.EnergyImport);
            var value = 100m;
            foreach (var (start, kwh) in Hours)
            {
                readings.Add(new Reading(key, start, (double)value));
                value += (decimal)kwh[i];
                if (value > registerMax) value -= registerMax.Value + 0.1m;
            }
            readings.Add(new Reading(key, Hours[^1].Start + TimeSpan.FromHours(1), (double)value));
        }
        return readings;
    }

    static double[] Numbers(string[] row) => [.. row.Skip(1).Select(field => double.Parse(field, CultureInfo.InvariantCulture))];
}
