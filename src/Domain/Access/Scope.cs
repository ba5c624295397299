using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Domain.Access;

/// <summary>
/// Which institutions an account may see, or a figure is about: the whole county (<c>county</c>), one system (<c>system:教育</c>), one
/// type of the statistics (<c>type:021</c>), or an institution and those below it (its code).
/// </summary>
public sealed record Scope(string Text)
{
    public const string SystemPrefix = "system:";
    public const string TypePrefix = "type:";

    public static Scope County { get; } = new("county");

    public bool IsCounty => Text == County.Text;

    /// <summary>The part of the registry inside this scope. Every query of an account is made on it and on nothing else.</summary>
    public RegistrySnapshot Of(RegistrySnapshot registry, DateOnly day)
    {
        if (IsCounty) return registry;
        return registry.Within(institution => Holds(registry, institution, day), day);
    }

    bool Holds(RegistrySnapshot registry, Institution institution, DateOnly day)
    {
        if (Text.StartsWith(SystemPrefix, StringComparison.Ordinal)) return institution.Shown(day).System == Text[SystemPrefix.Length..];
        if (Text.StartsWith(TypePrefix, StringComparison.Ordinal)) return institution.Shown(day).Type == Text[TypePrefix.Length..];
        return IsAtOrBelow(registry, institution, day);
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
