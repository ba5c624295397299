using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Domain.Registry;

/// <summary>
/// Facts to snapshot. The facts must hold together: <see cref="RegistryEdit"/> found no fault in them.
/// </summary>
public static class RegistryBuilder
{
    /// <param name="ids">The number of every meter of the rows, by code.</param>
    public static RegistrySnapshot Build(long version, RegistryRows rows, IReadOnlyDictionary<string, MeterId> ids) =>
        new(version, Institutions(rows), Meters(rows, ids), Gateways(rows), rows.PvSites.Select(row => row.Site),
            rows.Targets.Select(row => row.Target).OrderBy(target => target.Year)
                .ThenBy(target => target.Indicator, StringComparer.Ordinal),
            rows.Addresses.Select(row => row.Address).Where(RegistrySubjects.InUse)
                .OrderBy(address => address.Institution, StringComparer.Ordinal).ThenBy(address => address.Channel));

    static IEnumerable<Institution> Institutions(RegistryRows rows)
    {
        var areas = rows.Areas.ToLookup(row => row.Institution);
        var heads = rows.HeadCounts.ToLookup(row => row.Institution);
        return rows.Institutions.GroupBy(row => row.Code).Select(facts => new Institution(
            facts.Key,
            new Timeline<InstitutionFacts>(
                facts.Select(row => new Dated<InstitutionFacts>(row.ValidFrom, row.Facts, row.ValidTo))),
            new Timeline<FloorArea>(
                areas[facts.Key].Select(row => new Dated<FloorArea>(row.ValidFrom, row.Area, Source: row.Source))),
            heads[facts.Key].GroupBy(row => row.Category).ToDictionary(
                counts => counts.Key,
                counts => new Timeline<double>(
                    counts.Select(row => new Dated<double>(row.ValidFrom, row.Count, Source: row.Source))))));
    }

    static IEnumerable<Meter> Meters(RegistryRows rows, IReadOnlyDictionary<string, MeterId> ids)
    {
        var replacements = rows.Replacements.ToLookup(row => row.Meter, row => row.Replacement);
        return rows.Meters.GroupBy(row => row.Code).Select(facts => new Meter(
            ids[facts.Key],
            facts.Key,
            facts.First().Carrier,
            new Timeline<MeterFacts>(facts.Select(row => new Dated<MeterFacts>(row.ValidFrom, row.Facts, row.ValidTo))),
            [.. replacements[facts.Key].OrderBy(replacement => replacement.At)]));
    }

    // How a gateway is reached is not asked for the past: the latest fact is the gateway.
    static IEnumerable<Gateway> Gateways(RegistryRows rows) => rows.Gateways
        .GroupBy(row => row.Code)
        .Select(facts => facts.MaxBy(row => row.ValidFrom)!)
        .Select(row => new Gateway(
            row.Code, row.Name, row.Kind, row.Endpoint, row.Username ?? row.Code, row.SecretHash, row.ValidFrom,
            row.Dialect));
}
