namespace EnergyWatch.Support;

/// <summary>Where the checkout is, for tests that read its seeds, vectors or sources.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "EnergyWatch.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests do not run inside a checkout: EnergyWatch.sln was not found above them.");
    }
}
