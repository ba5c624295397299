using System.Collections.Frozen;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>What becomes of a value that is a list.</summary>
enum ListUse { Refused, Summed, Spread, Ignored }

/// <summary>What a key of theirs is here.</summary>
/// <param name="Quantity">Null where the key is known and not wanted.</param>
/// <param name="Scale">Applied before the unit is converted.</param>
/// <param name="Unit">As the message writes it where it says none itself.</param>
/// <param name="Quantities">Of a list that is spread, what each of its values is.</param>
/// <param name="Invalid">Numbers that mean that there is no value.</param>
sealed record KeyRule(
    Quantity? Quantity, Scaling Scaling, decimal Scale, decimal Offset, ListUse ListUse, IReadOnlyList<Quantity> Quantities)
{
    public static KeyRule Ignored { get; } = new(null, new Scaling(1, 1, 0), 1, 0, ListUse.Ignored, []);

    /// <summary>Of <c>*</c>: whatever else there is. It was not looked at one by one, so it says nothing of what is
    /// known, and what holds more than a value is not meant.</summary>
    public static KeyRule Swallowed { get; } = Ignored with { Scale = 0 };

    public bool IsSwallowed => ReferenceEquals(this, Swallowed);

    public IReadOnlyList<double> Invalid { get; init; } = [];

    /// <summary>Taken only beside this field: without it its unit is not known.</summary>
    public FieldPath? Beside { get; init; }

    /// <summary>A key that is our own, in the canonical unit.</summary>
    public static KeyRule Own(Quantity quantity) =>
        new(quantity, Scaling.Of(1, 0, UnitConversion.Same), 1, 0, ListUse.Refused, []);
}

/// <summary>
/// Their keys and what each is here. A key below another is a path, <c>aenergy.total</c>. What is neither mapped nor
/// ignored is unknown, and said to be.
/// </summary>
sealed class KeyMap(IReadOnlyDictionary<string, KeyRule> rules, IReadOnlyList<string> ignoredHeads, bool takesOwnKeys)
{
    static readonly FrozenDictionary<string, KeyRule> Own =
        Quantities.All.ToFrozenDictionary(info => info.Key, info => KeyRule.Own(info.Quantity));

    readonly FrozenDictionary<string, KeyRule> _rules = rules.ToFrozenDictionary();

    public static KeyMap Empty { get; } = new(new Dictionary<string, KeyRule>(), [], false);

    public IEnumerable<KeyRule> Rules => _rules.Values;

    public KeyRule? Find(ReadOnlySpan<char> key)
    {
        if (_rules.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var rule)) return rule;
        if (takesOwnKeys && Own.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var own)) return own;
        foreach (var head in ignoredHeads)
            if (key.StartsWith(head, StringComparison.Ordinal)) return head.Length == 0 ? KeyRule.Swallowed : KeyRule.Ignored;
        return null;
    }
}
