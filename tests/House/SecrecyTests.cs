using System.Text.RegularExpressions;

namespace EnergyWatch.House;

/// <summary>Nothing in the tree ties it to one machine or to one registry.</summary>
public sealed partial class SecrecyTests
{
    [Fact]
    public void No_lock_file_names_a_host() =>
        Assert.Empty(SourceTree.Files("packages.lock.json", "package-lock.json")
            .Where(file => Address().IsMatch(Licence().Replace(File.ReadAllText(file), "")))
            .Select(SourceTree.Relative));

    // npm's lock file carries the addresses of licences and of authors to be thanked: those are not where packages come from.
    [GeneratedRegex("\"(?:url|funding|homepage)\": *\"[^\"]*\"")]
    private static partial Regex Licence();

    [GeneratedRegex("\"(?:https?)://[^\"]*\\.(?:tgz|nupkg)\"")]
    private static partial Regex Address();
}
