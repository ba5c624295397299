using EnergyWatch.Support;

namespace EnergyWatch.House;

/// <summary>The files of the checkout as people wrote them: nothing built, downloaded or generated.</summary>
static class SourceTree
{
    static readonly string[] Left = ["bin", "obj", "node_modules", "wwwroot", ".git", "data", "dist", "BenchmarkDotNet.Artifacts", "TestResults"];

    public static IEnumerable<string> Files(params string[] endings) =>
        Walk(Repository.Root).Where(file => endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)));

    public static IEnumerable<string> Folders() => Directories(Repository.Root);

    public static string Relative(string path) => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');

    static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder).Concat(Directories(folder).SelectMany(Directory.EnumerateFiles));

    static IEnumerable<string> Directories(string folder) => Directory.EnumerateDirectories(folder)
        .Where(child => !Left.Contains(Path.GetFileName(child)))
        .SelectMany(child => Directories(child).Prepend(child));
}
