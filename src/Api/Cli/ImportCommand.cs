using System.CommandLine;
using EnergyWatch.Api.Registry;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch import DIR</c>: the registry from CSV files, all of it or nothing.</summary>
static class ImportCommand
{
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "The folder with institutions.csv, meters.csv, …" };
        folder.AcceptExistingOnly();
        var command = new Command("import", "Import the registry from CSV files") { folder };
        command.SetAction((parsed, stop) => StoreCommand.RunAsync(CommandLine.Config(parsed), async services =>
        {
            var before = services.GetRequiredService<IRegistry>().Current;
            try
            {
                var rows = new RegistryCsv(before).ReadFolder(parsed.GetRequiredValue(folder).FullName);
                services.GetRequiredService<SpokenDialects>().Check(rows);
                var after = await services.GetRequiredService<IRegistryEditor>().ApplyAsync(rows, "cli", stop);
                Console.WriteLine(after.Version == before.Version
                    ? $"Nothing new: the registry already says this (version {after.Version})."
                    : $"Registry version {after.Version}: {after.Institutions.Count} institutions, {after.Meters.Count} meters, "
                        + $"{after.Gateways.Count} gateways, {after.PvSites.Count} PV sites.");
                return ExitCode.Ok;
            }
            catch (RegistryRefusedException refused)
            {
                await Console.Error.WriteLineAsync("Nothing was imported:");
                foreach (var fault in refused.Faults) await Console.Error.WriteLineAsync($"  {fault}");
                return ExitCode.Failed;
            }
        }, stop));
        return command;
    }
}
