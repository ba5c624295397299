using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Usage;

/// <summary>A meter with a history from a seed, with everything that goes wrong with meters in it.</summary>
sealed class RandomRegister
{
    static readonly DateOnly First = new(2026, 3, 1);
    readonly Random _random;
    readonly List<Reading> _readings = [];

    /// <param name="alone">Its exchanges lie where nothing was read, also before the first and after the last reading.</param>
    public RandomRegister(int seed, bool clean = false, bool alone = false)
    {
        _random = new Random(seed);
        Days = _random.Next(8, 20);
        IntervalS = _random.Next(4) switch { 0 => 900, 1 => 1800, 2 => 3600, _ => 6 * 3600 };
        var multiplier = _random.Next(3) switch { 0 => 1, 1 => 80, _ => 600 };
        var rated = _random.Next(2) == 0 ? (double?)null : multiplier * 40.0;
        RegisterMax = _random.Next(2) == 0 ? null : 9999.99;
        var facts = new List<Dated<MeterFacts>> { new(Some.Day, Facts(multiplier, rated)) };
        if (_random.Next(3) == 0) facts.Add(new(First.AddDays(_random.Next(1, Days)), Facts(multiplier * 2, rated * 2)));
        Run(clean);
        var replacements = alone ? Lonely() : clean || _random.Next(3) > 0 ? [] : new[] { Replacement() };
        Meter = new Meter(new MeterId(1), "M-1", Carrier.Electricity, new Timeline<MeterFacts>(facts), replacements);
    }

    public static SeriesKey Series { get; } = new(new MeterId(1), Quantity.EnergyImport);
    public Meter Meter { get; }
    public int Days { get; }
    public int IntervalS { get; }
    public double? RegisterMax { get; }
    public Reading[] Readings => [.. _readings];
    public Period Whole => Some.Calendar.Days(First.AddDays(-1), First.AddDays(Days + 1));

    /// <summary>Register units that went through a clean one, rollovers included.</summary>
    public double Counted { get; private set; }

    public Period SomeDays(Random random)
    {
        var first = random.Next(-1, Days);
        return Some.Calendar.Days(First.AddDays(first), First.AddDays(first + random.Next(1, 5)));
    }

    MeterFacts Facts(double multiplier, double? rated) =>
        new("ORG-1", "M-1", MeterRole.Main, null, multiplier, rated, RegisterMax, IntervalS, null, null, null);

    void Run(bool clean)
    {
        var from = Some.Calendar.Day(First).From;
        var end = Some.Calendar.Day(First.AddDays(Days)).From;
        var value = (double)_random.Next(0, 9000);
        var episode = 0;
        var shown = Shape.True;
        for (var at = from; at < end; at += TimeSpan.FromSeconds(IntervalS * (1 + Missing(clean)) + _random.Next(-5, 6)))
        {
            if (_readings.Count > 0)
            {
                var used = Math.Round(_random.NextDouble() * IntervalS / 3600 * 10, 2, MidpointRounding.AwayFromZero);
                Counted += used;
                value = Math.Round(value + used, 2, MidpointRounding.AwayFromZero);
                if (value > RegisterMax) value = Math.Round(value - 10000, 2, MidpointRounding.AwayFromZero);
            }
            if (!clean && episode-- <= 0) (shown, episode) = Next(ref value);
            Add(at, value, shown);
        }
    }

    int Missing(bool clean) => _random.Next(40) switch { 0 => _random.Next(1, clean ? 30 : 120), _ => 0 };

    (Shape, int) Next(ref double value)
    {
        if (_random.Next(25) > 0) return (Shape.True, 0);
        var shape = (Shape)_random.Next(1, 8);
        if (shape == Shape.Reset) (value, shape) = (_random.Next(0, 3), Shape.True);
        return (shape, _random.Next(1, _random.Next(4) == 0 ? 40 : 5));
    }

    void Add(Instant at, double value, Shape shape)
    {
        var (seen, doubt) = shape switch
        {
            Shape.Zero => (0, Doubt.None),
            Shape.Dip => (value / 2, Doubt.None),
            Shape.Spike => (value * 3 + 500, Doubt.None),
            Shape.Flagged => (value + 1, Doubt.OutOfRange),
            Shape.Sentinel => (4294967295.0, Doubt.None),
            Shape.Stuck when _readings.Count > 0 => (_readings[^1].Value, Doubt.None),
            _ => (value, Doubt.None),
        };
        _readings.Add(new Reading(Series, at, seen, Provenance.Measured, doubt));
    }

    MeterReplacement Replacement()
    {
        var at = _readings[_random.Next(_readings.Count)];
        return new MeterReplacement(at.At + TimeSpan.FromSeconds(_random.Next(3) * 100), at.Value + 1, _random.Next(100));
    }

    // Takes the readings of some days away and puts one or two exchanges into the silence.
    MeterReplacement[] Lonely()
    {
        var first = _random.Next(3) == 0 ? 0 : _random.Next(_readings.Count - 1);
        var end = _random.Next(3) == 0 ? _readings.Count : _random.Next(first + 1, _readings.Count);
        var (from, to) = (_readings[first].At, _readings[end - 1].At + TimeSpan.FromSeconds(7));
        var before = first > 0 ? _readings[first - 1].Value : 5;
        if (end - first < _readings.Count) _readings.RemoveRange(first, end - first);
        else _readings.RemoveRange(1, _readings.Count - 1);
        var at = from + (to - from) * _random.NextDouble();
        var one = new MeterReplacement(at, before + 40, 12.5);
        return _random.Next(2) == 0 ? [one] : [one, new MeterReplacement(at + (to - at) / 2, 100, 3)];
    }

    enum Shape { True, Zero, Dip, Spike, Flagged, Sentinel, Stuck, Reset }
}
