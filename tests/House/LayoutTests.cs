namespace EnergyWatch.House;

/// <summary>Folders are capabilities, a file is one idea.</summary>
public sealed class LayoutTests
{
    const int SoftLines = 200;
    const int HardLines = 350;

    // Above the soft limit a file needs a reason; a tenth of them may have one.
    const double ShareAboveSoft = 0.1;

    static readonly string[] Drawers =
        ["Interfaces", "Helpers", "Utils", "Utilities", "Common", "Services", "Managers", "Factories", "Models", "Misc", "Core"];

    static readonly string[] EmptyWords = ["Manager", "Helper", "Helpers", "Util", "Utils", "Processor"];

    [Fact]
    public void No_folder_is_a_drawer() =>
        Assert.Empty(SourceTree.Folders().Where(folder => Drawers.Contains(Path.GetFileName(folder))).Select(SourceTree.Relative));

    [Fact]
    public void No_file_is_named_for_nothing_in_particular() =>
        Assert.Empty(SourceTree.Files(".cs")
            .Where(file => EmptyWords.Any(word => Path.GetFileNameWithoutExtension(file).EndsWith(word, StringComparison.Ordinal)))
            .Select(SourceTree.Relative));

    [Fact]
    public void No_source_file_is_longer_than_the_hard_limit() =>
        Assert.Empty(SourceTree.Files(".cs", ".ts", ".vue")
            .Select(file => (File: SourceTree.Relative(file), Lines: File.ReadLines(file).Count()))
            .Where(entry => entry.Lines > HardLines));

    [Fact]
    public void Few_source_files_are_longer_than_the_soft_limit()
    {
        var lines = SourceTree.Files(".cs").Where(file => SourceTree.Relative(file).StartsWith("src/", StringComparison.Ordinal))
            .Select(file => (File: SourceTree.Relative(file), Lines: File.ReadLines(file).Count())).ToList();
        var above = lines.Where(entry => entry.Lines > SoftLines).ToList();
        Assert.True(above.Count <= lines.Count * ShareAboveSoft, string.Join(", ", above));
    }

    [Fact]
    public void The_composition_root_and_every_feature_fit_on_one_screen() =>
        Assert.Empty(SourceTree.Files("Program.cs", "Feature.cs")
            .Where(file => SourceTree.Relative(file).StartsWith("src/", StringComparison.Ordinal))
            .Select(file => (File: SourceTree.Relative(file), Lines: File.ReadLines(file).Count()))
            .Where(entry => entry.Lines > 60));
}
