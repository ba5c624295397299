using System.Text.RegularExpressions;
using EnergyWatch.Support;

namespace EnergyWatch.House;

/// <summary>Prose names real things: every back-ticked path and type in a README exists.</summary>
public sealed partial class ReadmeTests
{
    static readonly Lazy<HashSet<string>> Types = new(() => SourceTree.Files(".cs")
        .SelectMany(file => Declaration().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
        .Concat(SourceTree.Files(".vue").Select(Path.GetFileNameWithoutExtension).OfType<string>())
        .ToHashSet());

    public static TheoryData<string> Readmes() =>
        [.. SourceTree.Files(".md").Where(file => !SourceTree.Relative(file).StartsWith('.')).Select(SourceTree.Relative)];

    [Theory]
    [MemberData(nameof(Readmes))]
    public void Every_path_named_in_a_readme_exists(string readme)
    {
        var folder = Path.GetDirectoryName(Repository.PathOf(readme))!;
        Assert.Empty(Names(readme)
            .Where(name => RepositoryPath().IsMatch(name))
            .Select(name => name.Split(' ')[0].TrimEnd('/').Split('*')[0])
            .Where(path => !Exists(Repository.PathOf(path)) && !Exists(Path.Combine(folder, path))));
    }

    [Theory]
    [MemberData(nameof(Readmes))]
    public void Every_type_named_in_a_readme_exists(string readme) =>
        Assert.Empty(Names(readme).Where(name => TypeName().IsMatch(name)).Where(name => !Types.Value.Contains(name)));

    static IEnumerable<string> Names(string readme) =>
        BackTicked().Matches(Fence().Replace(File.ReadAllText(Repository.PathOf(readme)), "")).Select(match => match.Groups[1].Value);

    static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex BackTicked();

    [GeneratedRegex(@"^(\./)?(src|tests|seeds|deploy|\.ci)/")]
    private static partial Regex RepositoryPath();

    // Two humps at least: MqttListener is a type, Kestrel may be a word.
    [GeneratedRegex(@"^[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+$")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum|record struct)\s+([A-Z]\w+)")]
    private static partial Regex Declaration();
}
