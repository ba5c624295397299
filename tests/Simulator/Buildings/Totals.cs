using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.County;

namespace EnergyWatch.Simulator.Buildings;

/// <summary>
/// What has flowed through every building since the first day, up to any instant: sums at every hour, and within the hour the steps
/// on top, added in the same order, so that asking twice, or after a restart, gives the same number.
/// </summary>
sealed class Totals
{
    readonly Lock _lock = new();
    readonly Building[] _buildings;
    readonly int _width;
    readonly List<double[]> _kept = [];
    readonly long _keptFrom;
    readonly (long Hour, double[] Sums) _remembered;

    /// <param name="from">Instants before this cannot be asked about: their sums are not kept.</param>
    /// <param name="remember">An earlier instant, the hour of which can be asked about all the same.</param>
    public Totals(IReadOnlyList<Building> buildings, Instant from, Instant remember)
    {
        _buildings = [.. buildings];
        _width = buildings.Count * Building.Channels;
        var first = HourOf(Moment.StartOf(DemoCounty.FirstDay));
        _keptFrom = HourOf(from);
        if (_keptFrom < first) throw new ArgumentOutOfRangeException(nameof(from), from, $"The demo county begins on {DemoCounty.FirstDay:O}.");
        var sums = new double[_width];
        for (var hour = first; hour < _keptFrom; hour++)
        {
            if (hour == HourOf(remember)) _remembered = (hour, [.. sums]);
            AddHour(hour, sums);
        }
        _kept.Add(sums);
    }

    /// <summary>Sums and present flows of one building, by channel.</summary>
    public Moment At(int building, Instant at, Span<double> sums, Span<double> flows)
    {
        var hour = HourOf(at);
        Row(hour).AsSpan(building * Building.Channels, Building.Channels).CopyTo(sums);
        var last = Moment.StepOf(at);
        for (var step = hour * Moment.StepsPerHour; ; step++)
        {
            var now = Moment.At(step);
            _buildings[building].Flows(now, flows);
            if (step == last)
            {
                Add(sums, flows, (double)(at.UnixMilliseconds - step * Moment.StepMs) / Moment.StepMs);
                return now;
            }
            Add(sums, flows, 1);
        }
    }

    /// <summary>Sums of all buildings at the start of this hour (hours since 1970), one building after the other.</summary>
    public ReadOnlySpan<double> AtHour(long hour) => Row(hour);

    public static long HourOf(Instant at) => at.UnixMilliseconds / 3_600_000;

    double[] Row(long hour)
    {
        if (_remembered.Sums is { } earlier && hour == _remembered.Hour) return earlier;
        if (hour < _keptFrom) throw new ArgumentOutOfRangeException(nameof(hour), hour, "Before the first hour that is kept.");
        lock (_lock)
        {
            while (_keptFrom + _kept.Count <= hour)
            {
                var sums = _kept[^1].ToArray();
                AddHour(_keptFrom + _kept.Count - 1, sums);
                _kept.Add(sums);
            }
            return _kept[(int)(hour - _keptFrom)];
        }
    }

    void AddHour(long hour, double[] sums)
    {
        Span<double> flows = stackalloc double[Building.Channels];
        for (var step = hour * Moment.StepsPerHour; step < (hour + 1) * Moment.StepsPerHour; step++)
        {
            var now = Moment.At(step);
            for (var building = 0; building < _buildings.Length; building++)
            {
                _buildings[building].Flows(now, flows);
                Add(sums.AsSpan(building * Building.Channels, Building.Channels), flows, 1);
            }
        }
    }

    static void Add(Span<double> sums, ReadOnlySpan<double> flows, double share)
    {
        for (var channel = 0; channel < flows.Length; channel++) sums[channel] += flows[channel] * share / Moment.StepsPerHour;
    }
}
