using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Which meters hang on which gateway, by code and by their address there, with the days. Built once for each
/// registry version.</summary>
sealed class GatewayMeters
{
    static readonly ConditionalWeakTable<RegistrySnapshot, GatewayMeters> All = [];

    readonly FrozenDictionary<string, FrozenDictionary<string, Binding[]>> _byGateway;

    GatewayMeters(RegistrySnapshot registry) => _byGateway = registry.Meters
        .SelectMany(Bindings)
        .GroupBy(binding => binding.Gateway)
        .ToFrozenDictionary(group => group.Key, group => group
            .GroupBy(binding => binding.Name)
            // A meter's own code goes before an address that happens to read the same.
            .ToFrozenDictionary(named => named.Key, named => named.OrderBy(binding => binding.IsAddress).ToArray()));

    public static GatewayMeters Of(RegistrySnapshot registry) =>
        All.GetValue(registry, static key => new GatewayMeters(key));

    /// <summary>The meter that this gateway calls so on this day, or null.</summary>
    public Meter? Find(string gateway, ReadOnlySpan<char> name, DateOnly day)
    {
        if (!_byGateway.TryGetValue(gateway, out var names)) return null;
        if (!names.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var bindings)) return null;
        foreach (var binding in bindings)
            if (binding.From <= day && (binding.To is null || day < binding.To)) return binding.Meter;
        // On a day on which nothing is known of the meter it hangs on no other gateway either. Screening says so in
        // better words.
        foreach (var binding in bindings)
            if (binding.Meter.Facts.At(day) is null) return binding.Meter;
        return null;
    }

    /// <summary>
    /// The one meter that hangs on this gateway on this day, for a gateway that names none; null where there is none,
    /// there are several.
    /// </summary>
    /// <param name="withoutAddress">Not one with an address either: that is one of several that the gateway can
    /// name.</param>
    public Meter? Only(string gateway, DateOnly day, bool withoutAddress)
    {
        if (!_byGateway.TryGetValue(gateway, out var names)) return null;
        Meter? only = null;
        foreach (var bindings in names.Values)
        {
            foreach (var binding in bindings)
            {
                if (binding.From > day || day >= (binding.To ?? DateOnly.MaxValue)) continue;
                if ((withoutAddress && binding.IsAddress) || (only is not null && only.Id != binding.Meter.Id)) return null;
                only = binding.Meter;
            }
        }
        return only;
    }

    static IEnumerable<Binding> Bindings(Meter meter)
    {
        foreach (var (first, end, fact) in meter.Facts.Spans(meter.Facts.Facts[0].ValidFrom, DateOnly.MaxValue))
        {
            if (fact?.Value.Gateway is not { } gateway) continue;
            DateOnly? to = end == DateOnly.MaxValue ? null : end;
            yield return new Binding(gateway, meter.Code, meter, first, to, IsAddress: false);
            if (fact.Value.Address is { Length: > 0 } address && address != meter.Code)
                yield return new Binding(gateway, address, meter, first, to, IsAddress: true);
        }
    }

    sealed record Binding(string Gateway, string Name, Meter Meter, DateOnly From, DateOnly? To, bool IsAddress);
}
