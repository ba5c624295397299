using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.DualControl;

/// <summary>A small county under test: institutions, meters and their day cells of the year 2025.</summary>
sealed class County
{
    public const int Year = 2025;
    static readonly CaliberFiles Shipped = CaliberFiles.Load(new CaliberOptions { Folder = Repository.PathOf("seeds", "calibers") });

    readonly List<Institution> _institutions = [];
    readonly List<Meter> _meters = [];
    readonly List<PvSite> _sites = [];
    readonly List<UsageCell> _cells = [];

    public static Caliber Caliber(string name = "statutory-gx") => Shipped.Find(name)!;
    public static NamedPeriod WholeYear { get; } = Some.Calendar.Named(new DateOnly(Year, 1, 1), Grain.Year);
    public IReadOnlyList<UsageCell> Cells => _cells;
    public RegistrySnapshot Registry => new(7, _institutions, _meters, [], _sites, [], []);

    public County With(Institution institution)
    {
        _institutions.Add(institution);
        return this;
    }

    public County With(PvSite site)
    {
        _sites.Add(site);
        return this;
    }

    /// <summary>A meter that used the amount evenly over the days of the year, or over those asked for.</summary>
    public Meter Meter(
        string code, double amount, string institution = "ORG-1", Carrier carrier = Carrier.Electricity, MeterRole role = MeterRole.Main,
        Func<DateOnly, bool>? days = null, double coverage = 1, double estimated = 0, Quantity? quantity = null)
    {
        var meter = Some.Meter(_meters.Count + 1, code, institution, carrier, role);
        _meters.Add(meter);
        Use(meter, amount, quantity ?? MeterRoles.UsageQuantities(carrier, role)[0], days, coverage, estimated);
        return meter;
    }

    public void Add(Meter meter) => _meters.Add(meter);

    public void Use(
        Meter meter, double amount, Quantity quantity, Func<DateOnly, bool>? days = null, double coverage = 1, double estimated = 0)
    {
        var all = Enumerable.Range(0, 365).Select(day => new DateOnly(Year, 1, 1).AddDays(day)).Where(days ?? (_ => true)).ToList();
        foreach (var day in all)
            _cells.Add(new UsageCell(
                new SeriesKey(meter.Id, quantity), Some.Calendar.Day(day).From, amount / all.Count, coverage, estimated));
    }

    public Evaluation Evaluation(Caliber? caliber = null, NamedPeriod? period = null, Instant? asOf = null) =>
        new(Registry, Some.Calendar, caliber ?? Caliber(), period ?? WholeYear, asOf ?? (period ?? WholeYear).Period.To);

    public IReadOnlyList<InstitutionFigures> Figures(Evaluation evaluation)
    {
        var usage = new DayUsage(_cells, Some.Calendar);
        return [.. Registry.Institutions.Select(institution => InstitutionFigures.Of(evaluation, institution, usage))];
    }

    public IReadOnlyDictionary<string, IndicatorValue> Of(string scope, Evaluation? evaluation = null)
    {
        evaluation ??= Evaluation();
        return DualControlIndicators.EvaluateAll(evaluation, Figures(evaluation))
            .Where(value => value.Scope == scope).ToDictionary(value => value.Indicator);
    }
}
