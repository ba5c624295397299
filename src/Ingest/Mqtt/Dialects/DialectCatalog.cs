using System.Collections.Frozen;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>The dialects that are spoken here, by name.</summary>
sealed class DialectCatalog(IEnumerable<IDialect> dialects)
{
    readonly FrozenDictionary<string, IDialect> _byName = dialects.ToFrozenDictionary(dialect => dialect.Name);

    public static DialectCatalog Empty { get; } = new([]);

    public IEnumerable<IDialect> All => _byName.Values;

    /// <summary>The dialect of this name, or null where it is unknown here.</summary>
    public IDialect? Find(string name) => _byName.GetValueOrDefault(name);
}
