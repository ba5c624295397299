using System.CommandLine;
using EnergyWatch.Ingest.Mqtt.Dialects;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch dialects [test]</c>: what gateways may speak, and the self-tests that prove it.</summary>
static class DialectsCommand
{
    public static Command Create()
    {
        var test = new Command("test", "Run the self-tests of all dialects");
        test.SetAction(parsed => Report(parsed, Load(parsed)));
        var command = new Command("dialects", "List the dialects of MQTT gateways") { test };
        command.SetAction(parsed => List(parsed, Load(parsed)));
        return command;
    }

    static DialectList Load(ParseResult parsed)
    {
        var dialects = DialectList.Load(CommandLine.Config(parsed).Ingest.Mqtt);
        foreach (var fault in dialects.Faults) Console.Error.WriteLine($"Not loaded: {fault}");
        return dialects;
    }

    static int List(ParseResult parsed, DialectList dialects)
    {
        Output.Print(
            parsed, dialects.All,
            () => string.Join('\n', dialects.All.Where(row => row.Replaces is not null)
                .Select(row => $"Replaced: {row.Name}: {row.File} takes the place of {row.Replaces}")
                .Prepend(Columns.Of(dialects.All.Select(row => new[] { row.Name, row.Evidence ?? "", row.Title })
                    .Prepend(["dialect", "evidence", "gateways"])))));
        return dialects.Faults.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    // A dialect that fails one of its tests does not load: what is wrong with its file is its failure.
    static int Report(ParseResult parsed, DialectList dialects)
    {
        var passed = dialects.SelfTests();
        Output.Print(
            parsed,
            passed.Select(test => new TestRow(test.Dialect, test.Test, true, test.Detail)).Concat(dialects.Faults.Select(
                fault => new TestRow(Path.GetFileNameWithoutExtension(fault.File), fault.Place, false, $"{fault}"))),
            () => string.Join('\n', passed.Select(test => $"ok      {test.Dialect}: {test.Test} ({test.Detail})")
                .Concat(dialects.Faults.Select(fault => $"FAILED  {fault}"))
                .Append($"{passed.Count} passed, {dialects.Faults.Count} failed")));
        return dialects.Faults.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    sealed record TestRow(string Dialect, string Test, bool Passed, string Detail);
}
