using EnergyWatch.Ingest.Definitions;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>A dialect, for a person to look at.</summary>
/// <param name="Evidence">How well it is known; null of one that is part of the program.</param>
/// <param name="Replaces">The shipped file whose place it takes; null where it takes none's.</param>
public sealed record DialectRow(
    string Name, int Version, string Title, string? Evidence, string? Source, string? Notes, string? File, string? Replaces);

/// <summary>The dialects of some folders, with their self-tests and with what did not load, for the commands that show
/// them.</summary>
public sealed class DialectList
{
    readonly DialectCatalog _catalog;

    DialectList(DialectCatalog catalog) => _catalog = catalog;

    public static DialectList Load(MqttOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new DialectList(MqttWiring.Dialects(options));
    }

    public IReadOnlyList<DialectRow> All =>
    [
        .. _catalog.All.Select(Row).Concat(MqttWiring.Spoken.Where(row => _catalog.Find(row.Name) is null))
            .OrderBy(row => row.Name, StringComparer.Ordinal),
    ];

    /// <summary>Why files did not load; each names its file and place.</summary>
    public IReadOnlyList<DefinitionFault> Faults => _catalog.Faults;

    /// <summary>The self-tests of every dialect that loaded, all of which it passed.</summary>
    public IReadOnlyList<DialectTestResult> SelfTests() =>
        [.. _catalog.All.OfType<FileDialect>().SelectMany(dialect => DialectSelfTests.Passed(dialect.Text))];

    public bool Knows(string dialect) => All.Any(row => row.Name == dialect);

    DialectRow Row(IDialect dialect) => dialect is FileDialect { Text: var text }
        ? new DialectRow(
            text.Name, text.Version, text.Title, text.Evidence.ToString().ToLowerInvariant(), text.Source, text.Notes, text.File,
            _catalog.Replaced.LastOrDefault(replaced => replaced.Name == text.Name)?.File)
        : Spoken(dialect.Name, "");

    /// <summary>One that is part of the program, and no file.</summary>
    internal static DialectRow Spoken(string name, string title) => new(name, 1, title, null, null, null, null, null);
}
