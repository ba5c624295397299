using System.Xml.Linq;
using EnergyWatch.Support;

namespace EnergyWatch.House;

/// <summary>Which project may know which.</summary>
public sealed class ArrowTests
{
    static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Domain"] = [],
        ["Store"] = ["Domain"],
        ["Ingest"] = ["Domain"],
        ["Analytics"] = ["Domain"],
        ["Api"] = ["Analytics", "Domain", "Ingest", "Store"],
    };

    [Fact]
    public void Src_holds_exactly_the_five_projects() =>
        Assert.Equal(Allowed.Keys.Order(), Directory.GetDirectories(Repository.PathOf("src")).Select(Path.GetFileName).Order());

    [Theory]
    [InlineData("Domain")]
    [InlineData("Store")]
    [InlineData("Ingest")]
    [InlineData("Analytics")]
    [InlineData("Api")]
    public void A_project_references_only_what_the_arrows_allow(string project) =>
        Assert.Equal(Allowed[project], References(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)).Order());

    [Fact]
    public void Domain_references_no_package() => Assert.Empty(References("Domain", "PackageReference"));

    [Fact]
    public void The_simulator_knows_the_vocabulary_and_nothing_else_of_ours() =>
        Assert.Equal(
            ["Domain"],
            In(Repository.PathOf("tests", "Simulator", "Simulator.csproj"), "ProjectReference")
                .Select(path => Path.GetFileNameWithoutExtension(path)));

    static IEnumerable<string> References(string project, string kind) =>
        In(Repository.PathOf("src", project, $"{project}.csproj"), kind);

    static IEnumerable<string> In(string file, string kind) =>
        XDocument.Load(file).Descendants(kind).Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'));
}
