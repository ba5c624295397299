using System.Text.Json;
using EnergyWatch.Domain.Indicators;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// The calibers of a folder. Reads all files before it says anything, and then says everything that is wrong with them.
/// </summary>
public sealed class CaliberFiles : ICalibers
{
    readonly Dictionary<string, Caliber> _byId;
    readonly Dictionary<string, Caliber> _latest;

    CaliberFiles(IReadOnlyList<Caliber> all, string defaultName)
    {
        All = all;
        _byId = all.ToDictionary(caliber => caliber.Id);
        _latest = all.GroupBy(caliber => caliber.Name)
            .ToDictionary(group => group.Key, group => group.MaxBy(caliber => caliber.Edition)!);
        Default = Find(defaultName)!;
    }

    public Caliber Default { get; }
    public IReadOnlyList<Caliber> All { get; }

    public Caliber? Find(string nameOrId) => _byId.GetValueOrDefault(nameOrId) ?? _latest.GetValueOrDefault(nameOrId);

    /// <exception cref="CalibersRefusedException">with every fault of every file.</exception>
    public static CaliberFiles Load(CaliberOptions options)
    {
        var faults = new List<string>();
        if (!Directory.Exists(options.Folder))
            throw new CalibersRefusedException([$"{options.Folder}: there is no such folder"]);
        var grid = GridFactors.Read(Path.Combine(options.Folder, GridFactors.FileName), faults);
        var calibers = new List<Caliber>();
        foreach (var path in Directory.EnumerateFiles(options.Folder, "*.json").Order(StringComparer.Ordinal))
            if (Read(path, grid, faults) is { } caliber) calibers.Add(caliber);

        foreach (var twice in calibers.GroupBy(caliber => caliber.Id).Where(group => group.Count() > 1))
            faults.Add($"{options.Folder}: {twice.Key} is there {twice.Count()} times");
        if (!calibers.Exists(caliber => caliber.Id == options.Default || caliber.Name == options.Default))
            faults.Add($"{options.Folder}: the default caliber {options.Default} is not among {string.Join(", ", calibers.Select(caliber => caliber.Id))}");
        return faults.Count > 0 ? throw new CalibersRefusedException(faults)
            : new CaliberFiles(calibers, options.Default);
    }

    static Caliber? Read(string path, GridFactors grid, List<string> faults)
    {
        var file = Path.GetFileName(path);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return new CaliberReader(file, grid, faults).Read(json.RootElement);
        }
        catch (JsonException fault)
        {
            faults.Add($"{file}:{fault.LineNumber + 1}: {fault.Message}");
            return null;
        }
    }
}

public sealed class CalibersRefusedException(IReadOnlyList<string> faults)
    : Exception($"The calibers cannot be used: {faults.Count} fault(s), first: {faults[0]}")
{
    /// <summary>Each with its file and place.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
