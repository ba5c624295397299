using System.CommandLine;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch models [test]</c>: the meter models and their self-tests.</summary>
static class ModelsCommand
{
    public static Command Create()
    {
        var test = new Command("test", "Run the self-tests of all models");
        test.SetAction(parsed => Report(parsed, MeterModels.Load(parsed)));
        var command = new Command("models", "List the meter models") { test };
        command.SetAction(parsed => List(parsed, MeterModels.Load(parsed)));
        return command;
    }

    static int List(ParseResult parsed, RegisterMaps maps)
    {
        Output.Print(
            parsed,
            maps.All.Select(map => new
            {
                map.Id, map.Version, map.Vendor, map.Models, map.Class, Protocol = map.ProtocolKey, map.Evidence, map.Source, map.Notes, map.File,
                Replaces = maps.Replaced.LastOrDefault(replaced => replaced.Id == map.Id)?.File,
            }),
            () => string.Join('\n', maps.Replaced.Select(replaced => $"Replaced: {replaced}").Prepend(Columns.Of(
                maps.All.Select(map => new[] { map.Id, map.Vendor, map.ProtocolKey, Output.Name(map.Evidence), string.Join(", ", map.Models) })
                    .Prepend(["model", "vendor", "protocol", "evidence", "meters"])))));
        return maps.Faults.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    // A model that fails one of its tests does not load: what is wrong with its file is its failure.
    static int Report(ParseResult parsed, RegisterMaps maps)
    {
        var passed = maps.SelfTests();
        Output.Print(
            parsed,
            passed.Select(test => new TestRow(test.Model, test.Key, Output.Name(test.Kind), true, test.Detail))
                .Concat(maps.Faults.Select(fault => new TestRow(Path.GetFileNameWithoutExtension(fault.File), fault.Place, null, false, $"{fault}"))),
            () => string.Join('\n', passed.Select(test => $"ok      {test.Model} {test.Key}: {test.Detail}")
                .Concat(maps.Faults.Select(fault => $"FAILED  {fault}"))
                .Append($"{passed.Count} passed, {maps.Faults.Count} failed")));
        return maps.Faults.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    sealed record TestRow(string Model, string Key, string? Shows, bool Passed, string Detail);
}
