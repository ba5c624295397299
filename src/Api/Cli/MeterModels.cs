using System.CommandLine;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Api.Cli;

/// <summary>The meter models of the configured folders, for the commands that ask a meter. What did not load is said, whoever asks.</summary>
static class MeterModels
{
    public static RegisterMaps Load(ParseResult parsed)
    {
        var maps = RegisterMaps.Load(CommandLine.Config(parsed).Ingest.Modbus.ModelFolders);
        foreach (var fault in maps.Faults) Console.Error.WriteLine($"Not loaded: {fault}");
        return maps;
    }

    /// <exception cref="BadArgumentException">where there is none; it says why where there is a file of that name.</exception>
    public static RegisterMap Find(RegisterMaps maps, string id)
    {
        if (maps.Find(id) is { } found) return found;
        var faults = maps.Faults.Where(fault => Path.GetFileNameWithoutExtension(fault.File) == id).ToList();
        throw new BadArgumentException(faults.Count > 0
            ? $"The model '{id}' did not load: {string.Join("; ", faults)}."
            : $"There is no model '{id}'; there are {string.Join(", ", maps.All.Select(known => known.Id))}.");
    }
}
