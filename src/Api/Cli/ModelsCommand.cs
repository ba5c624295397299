using System.CommandLine;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch models [test]</c>: the meter models and their self-tests.</summary>
static class ModelsCommand
{
    public static Command Create()
    {
        var test = new Command("test", "Run the self-tests of all models");
        test.SetAction(parsed =>
        {
            var maps = Load(parsed);
            var results = maps.SelfTest();
            var failed = results.Count(result => !result.Passed) + maps.Faults.Count;
            Output.Print(parsed, results, () => string.Join('\n', results
                .Select(result => $"{(result.Passed ? "ok    " : "FAILED")} {result.Model} {result.Key}: {result.Detail}")
                .Append($"{results.Count(result => result.Passed)} passed, {failed} failed")));
            return failed == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        var command = new Command("models", "List the meter models") { test };
        command.SetAction(parsed =>
        {
            var maps = Load(parsed);
            Output.Print(
                parsed,
                maps.All.Select(map => new
                {
                    map.Id, map.Version, map.Vendor, map.Models, Class = $"{map.Class}", map.Source, Evidence = $"{map.Evidence}", map.File,
                    Replaces = maps.Replaced.LastOrDefault(replaced => replaced.Id == map.Id)?.File,
                }),
                () => string.Join('\n', maps.Replaced.Select(replaced => $"Replaced: {replaced}").Prepend(
                    Columns.Of(maps.All.Select(map => new[] { map.Id, map.Vendor, string.Join(", ", map.Models) })))));
            return maps.Faults.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    static RegisterMaps Load(ParseResult parsed)
    {
        var maps = RegisterMaps.Load(CommandLine.Config(parsed).Ingest.Modbus.ModelFolders);
        foreach (var fault in maps.Faults) Console.Error.WriteLine($"Not loaded: {fault}");
        return maps;
    }
}
