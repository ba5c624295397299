using System.Globalization;
using EnergyWatch.Analytics.Usage;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Usage;

/// <summary>A golden case of usage as <c>tests/Vectors/usage/README.md</c> describes it.</summary>
sealed class UsageCase
{
    readonly List<Dated<MeterFacts>> _facts = [];
    readonly List<MeterReplacement> _replacements = [];
    readonly SortedDictionary<long, Reading> _readings = [];
    Quantity _quantity = Quantity.EnergyImport;
    Carrier _carrier = Carrier.Electricity;

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Repository.PathOf("tests", "Vectors", "usage"), "*.csv").Select(path => Path.GetFileNameWithoutExtension(path)).Order();

    public ReportingCalendar Calendar { get; private set; } = Some.Calendar;
    public Period Window { get; private set; }
    public List<UsageCell> Cells { get; } = [];
    public List<(Instant At, string Code)> Findings { get; } = [];
    public SeriesKey Series => new(new MeterId(1), _quantity);
    public Meter Meter => new(new MeterId(1), "M-1", _carrier, new Timeline<MeterFacts>(_facts), _replacements);
    public Reading[] Readings => [.. _readings.Values];

    public static UsageCase Read(string name)
    {
        var rows = File.ReadAllLines(Repository.PathOf("tests", "Vectors", "usage", name + ".csv"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(',').Select(field => field.Trim()).ToArray())
            .ToList();
        var golden = new UsageCase();
        foreach (var row in rows.OrderBy(row => row[0] is "zone" or "quantity" or "carrier" ? 0 : 1)) golden.Take(row);
        return golden;
    }

    public UsageOfSeries Compute() => _quantity.Info().Kind == QuantityKind.Interval
        ? IntervalUsage.Compute(Series, Readings, Meter, Calendar, Window, new UsageOptions())
        : CounterSteps.Compute(Series, Readings, Meter, Calendar, Window, new UsageOptions());

    void Take(string[] row)
    {
        switch (row[0])
        {
            case "zone": Calendar = ReportingCalendar.For(row[1]); break;
            case "quantity": Assert.True(Quantities.TryParse(row[1], out _quantity)); break;
            case "carrier": Assert.True(Carriers.TryParse(row[1], out _carrier)); break;
            case "meter": _facts.Add(new Dated<MeterFacts>(Day(row[1]), Facts(row[2..]))); break;
            case "replaced": _replacements.Add(new MeterReplacement(At(row[1]), Number(row[2]), Number(row[3]))); break;
            case "window": Window = Calendar.Days(Day(row[1]), Day(row[2])); break;
            case "reading": Reading(row); break;
            case "readings": ReadingRun(row); break;
            case "cell": Cells.Add(Cell(At(row[1]), row[2..])); break;
            case "cells":
                for (var at = At(row[1]); at <= At(row[2]); at += TimeSpan.FromHours(1)) Cells.Add(Cell(at, row[3..]));
                break;
            case "finding": Findings.Add((At(row[1]), row[2])); break;
            default: throw new InvalidDataException($"Unknown row {row[0]}");
        }
    }

    void Reading(string[] row)
    {
        var doubt = row.Length > 3 && Enum.TryParse<Doubt>(row[3], out var d) ? d : Doubt.None;
        var provenance = row.Length > 3 && Enum.TryParse<Provenance>(row[3], out var p) ? p : Provenance.Measured;
        var at = At(row[1]);
        _readings[at.UnixMilliseconds] = new Reading(Series, at, Number(row[2]), provenance, doubt);
    }

    void ReadingRun(string[] row)
    {
        var value = (decimal)Number(row[4]);
        for (var at = At(row[1]); at <= At(row[2]); at += TimeSpan.FromSeconds(Number(row[3])), value += (decimal)Number(row[5]))
            _readings[at.UnixMilliseconds] = new Reading(Series, at, (double)value);
    }

    UsageCell Cell(Instant start, string[] numbers) => new(Series, start, Number(numbers[0]), Number(numbers[1]), Number(numbers[2]));

    static MeterFacts Facts(string[] settings)
    {
        var given = settings.Select(setting => setting.Split('=')).ToDictionary(pair => pair[0], pair => Number(pair[1]));
        double? Given(string name) => given.TryGetValue(name, out var value) ? value : null;
        return new MeterFacts(
            "ORG-1", "M-1", MeterRole.Main, null, Given("multiplier") ?? 1, Given("rated_kw"), Given("register_max"),
            (int)(Given("interval_s") ?? 3600), null, null, null);
    }

    static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    Instant At(string text)
    {
        if (text.Length > 19) return Some.At(text);
        var local = DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.None);
        return Instant.From(new DateTimeOffset(local, Calendar.Zone.GetUtcOffset(local)));
    }
}
