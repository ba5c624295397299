using System.Collections.Frozen;
using System.Text;
using EnergyWatch.Ingest.Definitions;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>The dialects that are spoken here, by name, and what is wrong with the files of those that are not.</summary>
sealed class DialectCatalog(IEnumerable<IDialect> dialects)
{
    readonly FrozenDictionary<string, IDialect> _byName = dialects.ToFrozenDictionary(dialect => dialect.Name);

    public static DialectCatalog Empty { get; } = new([]);

    public IEnumerable<IDialect> All => _byName.Values.OrderBy(dialect => dialect.Name, StringComparer.Ordinal);

    /// <summary>Why files did not load; each names its file and place.</summary>
    public IReadOnlyList<DefinitionFault> Faults { get; private init; } = [];

    /// <summary>Dialects that another of the same name, from a later folder, took the place of.</summary>
    public IReadOnlyList<ReplacedDialect> Replaced { get; private init; } = [];

    /// <summary>
    /// Whose topic it seems to be, known here or not, and in which dialect; null is our own format, or no guess where
    /// there is no name either.
    /// </summary>
    public (string? Name, IDialect? Dialect) Guess(string topic)
    {
        var bytes = Encoding.UTF8.GetBytes(topic);
        if (OwnTopics.GatewayIn(bytes) is { IsEmpty: false } code) return (Encoding.UTF8.GetString(code), null);
        foreach (var dialect in _byName.Values)
            if (dialect.Claims(bytes, out var username))
                return (username.IsEmpty ? null : Encoding.UTF8.GetString(username), dialect);
        return (null, null);
    }

    /// <summary>The dialect of this name, or null where it is unknown here.</summary>
    public IDialect? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>
    /// Every <c>*.yaml</c>, <c>*.yml</c> and <c>*.json</c> of these folders; a dialect in a later folder replaces one of
    /// the same name in an earlier one. A bad file harms no other. A folder that does not exist is a fault.
    /// </summary>
    /// <param name="spoken">Dialects that are code, not files.</param>
    public static DialectCatalog Load(IEnumerable<string> folders, params IEnumerable<IDialect> spoken)
    {
        var dialects = spoken.ToDictionary(dialect => dialect.Name);
        var (faults, replaced) = (new List<DefinitionFault>(), new List<ReplacedDialect>());
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder))
            {
                faults.Add(new DefinitionFault(folder, 0, "", "this folder of dialects does not exist"));
                continue;
            }
            foreach (var dialect in LoadFolder(folder, faults))
            {
                if (dialects.TryGetValue(dialect.Name, out var shipped))
                    replaced.Add(new ReplacedDialect(dialect.Name, (shipped as FileDialect)?.Text.File ?? "", dialect.Text.File));
                dialects[dialect.Name] = dialect;
            }
        }
        return new DialectCatalog(dialects.Values) { Faults = [.. faults.Distinct()], Replaced = replaced };
    }

    static IEnumerable<FileDialect> LoadFolder(string folder, List<DefinitionFault> faults)
    {
        var seen = new Dictionary<string, string>();
        foreach (var path in Directory.EnumerateFiles(folder).Where(DefinitionText.IsDefinition).Order(StringComparer.Ordinal))
        {
            if (LoadFile(path, faults) is not { } dialect) continue;
            if (seen.TryAdd(dialect.Name, path)) yield return dialect;
            else faults.Add(new DefinitionFault(path, 1, "name", $"'{dialect.Name}' is already defined in {seen[dialect.Name]}"));
        }
    }

    static FileDialect? LoadFile(string path, List<DefinitionFault> faults)
    {
        try
        {
            using var text = new StreamReader(path);
            return DialectFile.Read(path, text, faults);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add(new DefinitionFault(path, 0, "", $"cannot be read: {fault.Message}"));
            return null;
        }
    }
}

/// <summary>A dialect that is not used, because <paramref name="By"/> has the same name.</summary>
sealed record ReplacedDialect(string Name, string File, string By)
{
    public override string ToString() => $"{Name}: {By} takes the place of {File}";
}
