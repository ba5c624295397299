using System.Collections.Frozen;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Domain.Registry;

/// <summary>
/// The whole county at one version: immutable, swapped whole, read without locks. Everything in it refers to things that exist in it.
/// </summary>
public sealed class RegistrySnapshot
{
    public static RegistrySnapshot Empty { get; } = new(0, [], [], [], [], [], []);

    readonly FrozenDictionary<string, Institution> _institutions;
    readonly FrozenDictionary<string, Meter> _meters;
    readonly FrozenDictionary<MeterId, Meter> _metersById;
    readonly FrozenDictionary<string, Gateway> _gateways;
    readonly FrozenDictionary<string, PvSite> _pvSites;

    public RegistrySnapshot(
        long version,
        IEnumerable<Institution> institutions,
        IEnumerable<Meter> meters,
        IEnumerable<Gateway> gateways,
        IEnumerable<PvSite> pvSites,
        IEnumerable<Target> targets,
        IEnumerable<NoticeAddress> addresses)
    {
        Version = version;
        Institutions = [.. institutions.OrderBy(i => i.Code, StringComparer.Ordinal)];
        Meters = [.. meters.OrderBy(m => m.Code, StringComparer.Ordinal)];
        Gateways = [.. gateways.OrderBy(g => g.Code, StringComparer.Ordinal)];
        PvSites = [.. pvSites.OrderBy(p => p.Code, StringComparer.Ordinal)];
        Targets = [.. targets];
        Addresses = [.. addresses];
        _institutions = Institutions.ToFrozenDictionary(i => i.Code);
        _meters = Meters.ToFrozenDictionary(m => m.Code);
        _metersById = Meters.ToFrozenDictionary(m => m.Id);
        _gateways = Gateways.ToFrozenDictionary(g => g.Code);
        _pvSites = PvSites.ToFrozenDictionary(p => p.Code);
    }

    /// <summary>Grows with every change of the registry; 0 is the empty registry before the first import.</summary>
    public long Version { get; }
    public IReadOnlyList<Institution> Institutions { get; }
    public IReadOnlyList<Meter> Meters { get; }
    public IReadOnlyList<Gateway> Gateways { get; }
    public IReadOnlyList<PvSite> PvSites { get; }
    public IReadOnlyList<Target> Targets { get; }
    public IReadOnlyList<NoticeAddress> Addresses { get; }

    public Institution? Institution(string code) => _institutions.GetValueOrDefault(code);
    public Meter? Meter(string code) => _meters.GetValueOrDefault(code);
    public Meter? Meter(MeterId id) => _metersById.GetValueOrDefault(id);
    public Gateway? Gateway(string code) => _gateways.GetValueOrDefault(code);
    public PvSite? PvSite(string code) => _pvSites.GetValueOrDefault(code);

    /// <summary>Meter by code from UTF-16 characters, without a string; for decoders.</summary>
    public Meter? Meter(ReadOnlySpan<char> code) =>
        _meters.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(code, out var meter) ? meter : null;

    /// <summary>
    /// The part of the registry that belongs to these institutions: what a scoped user's queries are made on, so that no query can
    /// reach further. A meter is kept for the days on which it is theirs, and only for those (<see cref="Meter.VisibleIn"/>): what
    /// hung on it before belongs to whom it hung on then. Gateways are kept where one of the kept meters hangs on them.
    /// </summary>
    public RegistrySnapshot Within(Func<Institution, bool> visible, DateOnly day)
    {
        var institutions = Institutions.Where(visible).ToList();
        var codes = institutions.Select(i => i.Code).ToHashSet();
        var kept = Meters.Select(m => m.Within(codes)).OfType<Meter>().ToList();
        var known = kept.Select(m => m.Code).ToHashSet();
        var gateways = kept.Select(m => m.Shown(day).Gateway).OfType<string>().ToHashSet();
        string? Known(string? meter) => meter is not null && known.Contains(meter) ? meter : null;
        return new RegistrySnapshot(
            Version, institutions, kept, Gateways.Where(g => gateways.Contains(g.Code)),
            PvSites.Where(site => codes.Contains(site.Institution) && known.Contains(site.GenerationMeter)).Select(site => site with
            {
                ImportMeter = Known(site.ImportMeter), ExportMeter = Known(site.ExportMeter), IrradianceMeter = Known(site.IrradianceMeter),
            }),
            Targets, Addresses.Where(a => codes.Contains(a.Institution)));
    }
}
