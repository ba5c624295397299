namespace EnergyWatch.Domain.Indicators;

/// <summary>
/// Keeps indicator values: one current value per (scope, indicator, period, caliber), its id stable and its version counting changes;
/// saving the same value again changes nothing but <c>AsOf</c>. Exceptions travel to the caller.
/// </summary>
public interface IIndicatorStore
{
    ValueTask SaveAsync(IReadOnlyList<IndicatorValue> values, CancellationToken stop);

    /// <summary>Current values of these scopes and periods under one caliber; null indicators means all. Without derivations.</summary>
    ValueTask<IReadOnlyList<IndicatorValue>> FindAsync(
        IReadOnlyCollection<string> scopes, IReadOnlyCollection<string> periods, string caliberId,
        IReadOnlyCollection<string>? indicators, CancellationToken stop);

    /// <summary>One value with its derivation, or null.</summary>
    ValueTask<IndicatorValue?> GetAsync(long id, CancellationToken stop);
}

/// <summary>The calibers that are known. They come from files and never change while the service runs.</summary>
public interface ICalibers
{
    /// <summary>The caliber that applies where a request names none.</summary>
    Caliber Default { get; }
    IReadOnlyList<Caliber> All { get; }

    /// <summary>By id (<c>name@edition</c>) or by name (its latest edition); null for an unknown one.</summary>
    Caliber? Find(string nameOrId);
}
