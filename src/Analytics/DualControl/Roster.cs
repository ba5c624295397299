using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>The meters that ever counted for one institution, and what each was on a given day.</summary>
sealed class Roster
{
    readonly RegistrySnapshot _registry;
    readonly string _institution;
    readonly List<Meter> _meters;
    readonly List<(PvSite Site, Meter Generation)> _sites;

    public Roster(RegistrySnapshot registry, string institution)
    {
        _registry = registry;
        _institution = institution;
        _meters = [.. registry.Meters.Where(
            meter => meter.Facts.Facts.Any(fact => fact.Value.Institution == institution))];
        _sites = [.. _meters.Join(
            registry.PvSites, meter => meter.Code, site => site.GenerationMeter, (meter, site) => (site, meter))];
    }

    /// <summary>
    /// The days from <paramref name="first"/> up to <paramref name="end"/>, cut where a fact of any of the meters
    /// changes.
    /// </summary>
    public IEnumerable<(DateOnly First, DateOnly End)> Stretches(DateOnly first, DateOnly end)
    {
        var exports = _sites.Select(site => site.Site.ExportMeter).OfType<string>().Select(_registry.Meter);
        var meters = _meters.Concat(exports.OfType<Meter>());
        var cuts = meters.SelectMany(meter => meter.Facts.Spans(first, end))
            .SelectMany(span => new[] { span.First, span.End })
            .Append(first).Append(end).Distinct().Order().ToList();
        return cuts.Zip(cuts.Skip(1));
    }

    public IEnumerable<(Meter Meter, UsePart Part)> Own(DateOnly day)
    {
        foreach (var meter in _meters)
            if (Role(meter, day) is { } role && Part(role) is { } part) yield return (meter, part);
    }

    /// <summary>
    /// Generation meters with the meter that shows what left the institution. Sites that share an export meter share a
    /// pair.
    /// Generation that belongs to no site is set against the one export meter that no site names, if there is just one.
    /// </summary>
    public IReadOnlyList<PvPair> Pairs(DateOnly day)
    {
        var pairs = new Dictionary<string, (List<Meter> Generation, Meter? Export)>();
        var sited = new HashSet<string>();
        foreach (var (site, generation) in _sites.Where(site => Role(site.Generation, day) == MeterRole.PvGeneration))
        {
            var export = site.ExportMeter is { } code ? _registry.Meter(code) : null;
            if (export?.Facts.At(day) is null) export = null;
            sited.Add(generation.Code);
            if (export is not null) sited.Add(export.Code);
            Join(pairs, generation, export);
        }

        var free = _meters.Where(meter => !sited.Contains(meter.Code)).ToLookup(meter => Role(meter, day));
        var exports = free[MeterRole.GridExport].ToList();
        var alone = exports.Count == 1 ? exports[0] : null;
        foreach (var generation in free[MeterRole.PvGeneration]) Join(pairs, generation, alone);
        return [.. pairs.Values.Select(pair => new PvPair(pair.Generation, pair.Export))];
    }

    MeterRole? Role(Meter meter, DateOnly day) =>
        meter.Facts.At(day) is { } fact && fact.Value.Institution == _institution ? fact.Value.Role : null;

    static UsePart? Part(MeterRole role) => role switch
    {
        MeterRole.Main or MeterRole.GridImport => UsePart.Purchased,
        MeterRole.EvCharging => UsePart.EvCharging,
        _ => null,
    };

    static void Join(Dictionary<string, (List<Meter> Generation, Meter? Export)> pairs, Meter generation, Meter? export)
    {
        var key = export?.Code ?? $"none for {generation.Code}";
        if (!pairs.TryGetValue(key, out var pair)) pairs[key] = pair = ([], export);
        pair.Generation.Add(generation);
    }
}

/// <summary>
/// PV generation meters and the one meter that shows what of it left the institution; null where export is not metered.
/// </summary>
sealed record PvPair(IReadOnlyList<Meter> Generation, Meter? Export);
