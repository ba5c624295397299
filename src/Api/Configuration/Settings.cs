namespace EnergyWatch.Api.Configuration;

/// <summary>Where settings come from: <c>appsettings.json</c> beside the program, the file of <c>--config</c>, then the environment.</summary>
static class Settings
{
    const string EnvironmentPrefix = "ENERGYWATCH__";

    /// <exception cref="ConfigurationRefusedException">when a file cannot be read as JSON.</exception>
    public static IConfiguration Read(FileInfo? file, string? dataFolder)
    {
        if (file is { Exists: false }) throw Refused("--config", file.FullName, "a file that exists");
        var builder = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true);
        if (file is not null) builder.AddJsonFile(file.FullName, optional: false);
        builder.AddEnvironmentVariables(EnvironmentPrefix);
        if (dataFolder is not null) builder.AddInMemoryCollection([new("Data", dataFolder)]);
        try
        {
            return builder.Build();
        }
        catch (InvalidDataException unreadable)
        {
            throw Refused("--config", file?.FullName, $"JSON; {(unreadable.InnerException ?? unreadable).Message}");
        }
    }

    static ConfigurationRefusedException Refused(string path, string? value, string allowed) => new([new ConfigFault(path, value, allowed)]);
}
