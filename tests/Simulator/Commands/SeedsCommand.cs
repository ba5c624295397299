using System.CommandLine;
using EnergyWatch.Simulator.County;

namespace EnergyWatch.Simulator.Commands;

/// <summary><c>seeds --out DIR</c></summary>
static class SeedsCommand
{
    public static Command Create()
    {
        var folder = Options.Out();
        var command = new Command("seeds", "Writes the registry CSV files of the demo county.") { folder };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(folder)));
        return command;
    }

    static void Run(DirectoryInfo folder)
    {
        folder.Create();
        foreach (var file in Seeds.All())
        {
            File.WriteAllBytes(Path.Combine(folder.FullName, file.Name), file.Bytes());
            Console.WriteLine(file.Name);
        }
    }
}
