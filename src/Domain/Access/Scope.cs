using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Domain.Access;

/// <summary>
/// Which institutions an account may see: the whole county (<c>county</c>), one system (<c>system:教育</c>), or an institution and
/// those below it (its code).
/// </summary>
public sealed record Scope(string Text)
{
    public const string SystemPrefix = "system:";

    public static Scope County { get; } = new("county");

    public bool IsCounty => Text == County.Text;

    /// <summary>The part of the registry inside this scope. Every query of an account is made on it and on nothing else.</summary>
    public RegistrySnapshot Of(RegistrySnapshot registry, DateOnly day)
    {
        if (IsCounty) return registry;
        return registry.Within(
            Text.StartsWith(SystemPrefix, StringComparison.Ordinal)
                ? institution => institution.Shown(day).System == Text[SystemPrefix.Length..]
                : institution => IsAtOrBelow(registry, institution, day),
            day);
    }

    bool IsAtOrBelow(RegistrySnapshot registry, Institution institution, DateOnly day)
    {
        // The walk is bounded: a registry with a cycle of parents is refused, but a scope must never hang on one.
        for (var depth = 0; depth < 16; depth++)
        {
            if (institution.Code == Text) return true;
            if (institution.Shown(day).Parent is not { } parent || registry.Institution(parent) is not { } above) return false;
            institution = above;
        }
        return false;
    }
}
