using System.CommandLine;
using EnergyWatch.Simulator.County;

var folder = new Option<DirectoryInfo>("--out") { Required = true, Description = "Folder to write to; made where it is missing." };

var seeds = new Command("seeds", "Writes the registry CSV files of the demo county.") { folder };
seeds.SetAction(parsed =>
{
    var target = parsed.GetRequiredValue(folder);
    target.Create();
    foreach (var file in Seeds.All())
    {
        File.WriteAllBytes(Path.Combine(target.FullName, file.Name), file.Bytes());
        Console.WriteLine(file.Name);
    }
});

return await new RootCommand("Plays the demo county: its seeds, its history, its meters and gateways.") { seeds }.Parse(args).InvokeAsync();
