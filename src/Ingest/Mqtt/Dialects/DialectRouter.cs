using System.Text;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>Whose message a topic carries and how it is written.</summary>
/// <param name="Gateway">Code of the gateway; null where the topic is of none we know.</param>
/// <param name="Dialect">Null is our own format.</param>
readonly record struct DialectRoute(string? Gateway, IDialect? Dialect);

/// <summary>
/// Whose messages the topics of an outside broker carry. A look-up without a string; the table is made again when the
/// registry changes. Safe from several threads.
/// </summary>
sealed class DialectRouter(IRegistry registry, DialectCatalog catalog)
{
    const int LongestName = 256;

    public DialectCatalog Catalog => catalog;

    volatile Table _table = new(-1, [], [], []);

    /// <param name="sole">Code of the gateway that stands behind this broker alone, where topics name none
    /// (<see cref="BrokerOptions.Gateway"/>).</param>
    public DialectRoute Route(ReadOnlySpan<byte> topic, string? sole = null)
    {
        var table = Current();
        if (Find(table.Codes, OwnTopics.GatewayIn(topic)) is { } own) return new DialectRoute(own, null);
        foreach (var (dialect, codes) in table.ByDialect)
        {
            if (!dialect.Claims(topic, out var username)) continue;
            var code = username.IsEmpty ? sole : Find(codes, username);
            if (code is not null && table.Speakers.TryGetValue(code, out var spoken) && spoken == dialect)
                return new DialectRoute(code, dialect);
        }
        return default;
    }

    /// <summary>
    /// Filters of everything that the gateways of the registry publish in their dialects, for a source to subscribe to.
    /// </summary>
    public IReadOnlyList<string> Filters(string? sole = null)
    {
        var gateways = registry.Current.Gateways.Where(gateway => sole is null || gateway.Code == sole);
        return [.. gateways.SelectMany(gateway => DialectOf(gateway)?.Heard(gateway, sole is not null) ?? []).Distinct()];
    }

    IDialect? DialectOf(Gateway gateway) =>
        gateway is { Kind: GatewayKind.Mqtt, Dialect: { } name } && catalog.Find(name) is { NeedsHost: false } dialect
            ? dialect : null;

    Table Current()
    {
        var (table, current) = (_table, registry.Current);
        return table.Version == current.Version ? table : _table = Remember(current);
    }

    Table Remember(RegistrySnapshot snapshot)
    {
        var gateways = snapshot.Gateways.Where(gateway => gateway.Kind == GatewayKind.Mqtt).ToList();
        var speaking = gateways.Where(gateway => DialectOf(gateway) is not null).ToList();
        return new Table(
            snapshot.Version, gateways.ToDictionary(gateway => gateway.Code, gateway => gateway.Code),
            [.. speaking.GroupBy(gateway => DialectOf(gateway)!).Select(group => (group.Key, NamesOf([.. group])))],
            speaking.ToDictionary(gateway => gateway.Code, gateway => DialectOf(gateway)!));
    }

    // By user name before code, should one gateway's name be another's code.
    static Dictionary<string, string> NamesOf(IReadOnlyList<Gateway> gateways)
    {
        var codes = gateways.ToDictionary(gateway => gateway.Username, gateway => gateway.Code);
        foreach (var gateway in gateways) codes.TryAdd(gateway.Code, gateway.Code);
        return codes;
    }

    static string? Find(Dictionary<string, string> codes, ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > LongestName) return null;
        Span<char> chars = stackalloc char[LongestName];
        var length = Encoding.UTF8.GetChars(name, chars);
        return codes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars[..length], out var code) ? code : null;
    }

    sealed record Table(
        long Version, Dictionary<string, string> Codes, IReadOnlyList<(IDialect, Dictionary<string, string>)> ByDialect,
        Dictionary<string, IDialect> Speakers);
}
