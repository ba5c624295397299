using EnergyWatch.Domain.Indicators;

namespace EnergyWatch.Analytics.Tests.DualControl;

/// <summary>The indicator store in its plainest form.</summary>
sealed class MemoryIndicatorStore : IIndicatorStore
{
    readonly Dictionary<(string Scope, string Indicator, string Period, string Caliber), IndicatorValue> _values = [];

    public int Changes { get; private set; }
    public Exception? Fault { get; set; }
    public IReadOnlyCollection<IndicatorValue> All => _values.Values;

    public IndicatorValue Of(string scope, string indicator, string period) =>
        _values.Values.Single(value => value.Scope == scope && value.Indicator == indicator && value.Period == period);

    public ValueTask SaveAsync(IReadOnlyList<IndicatorValue> values, CancellationToken stop)
    {
        if (Fault is not null) throw Fault;
        foreach (var value in values)
        {
            var key = (value.Scope, value.Indicator, value.Period, value.CaliberId);
            if (!_values.TryGetValue(key, out var known) || known.Value != value.Value || known.Reason != value.Reason) Changes++;
            _values[key] = value;
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<IndicatorValue>> FindAsync(
        IReadOnlyCollection<string> scopes, IReadOnlyCollection<string> periods, string caliberId,
        IReadOnlyCollection<string>? indicators, CancellationToken stop) => throw new NotSupportedException();

    public ValueTask<IndicatorValue?> GetAsync(long id, CancellationToken stop) => throw new NotSupportedException();
}
