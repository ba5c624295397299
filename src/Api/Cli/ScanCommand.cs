using System.CommandLine;
using System.Globalization;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch scan</c>: which units answer, who they say they are, and what they may be.</summary>
static class ScanCommand
{
    const double MaxTimeoutS = 60;

    public static Command Create()
    {
        var endpoint = new EndpointOptions();
        var units = new Option<string>("--units") { Description = "Units to ask, as 1-32 or 1,5,9", DefaultValueFactory = _ => "1-32" };
        var timeout = new Option<double>("--timeout")
        {
            Description = "Seconds to wait for each answer; a unit that answers is asked a dozen questions", DefaultValueFactory = _ => MeterScan.DefaultTimeout.TotalSeconds,
        };
        var command = new Command("scan", "Find the units that answer behind an endpoint, and the models they may be") { units, timeout };
        endpoint.AddTo(command);
        command.SetAction((parsed, stop) =>
        {
            if (!TryUnits(parsed.GetRequiredValue(units), out var asked))
                throw new BadArgumentException($"--units {parsed.GetRequiredValue(units)} is not like 1-32 or 1,5,9 within 0 to 255.");
            var seconds = parsed.GetValue(timeout);
            if (seconds is not (> 0 and <= MaxTimeoutS)) throw new BadArgumentException($"--timeout must be more than 0 and at most {MaxTimeoutS} seconds.");
            return ScanAsync(parsed, endpoint.Of(parsed), asked, TimeSpan.FromSeconds(seconds), stop);
        });
        return command;
    }

    // People see each unit as it is found, and keep what they saw when they stop it; a program gets all at the end.
    static async Task<int> ScanAsync(ParseResult parsed, ModbusEndpoint endpoint, IReadOnlyList<byte> units, TimeSpan timeout, CancellationToken stop)
    {
        var maps = MeterModels.Load(parsed);
        var (found, json) = (new List<ScanResult>(), parsed.GetValue(CommandLine.Json));
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"Asking {units.Count} unit(s) at {endpoint}; {(units.Count * timeout).TotalSeconds:0.#} s if nobody answers. Ctrl+C stops."));
        string? ended = null;
        try
        {
            await foreach (var result in MeterScan.RunAsync(endpoint, units, maps, timeout, TimeProvider.System, stop))
            {
                found.Add(result);
                if (result.Answers && !json) Console.WriteLine(Line(result));
                else if (!result.Answers) await Console.Error.WriteLineAsync($"unit {result.Unit,3}  {result.Detail.Replace($"{endpoint} unit {result.Unit}: ", "", StringComparison.Ordinal)}");
            }
        }
        catch (ModbusLinkException fault)
        {
            ended = fault.Message;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            ended = string.Create(CultureInfo.InvariantCulture, $"Stopped after {found.Count} of {units.Count} unit(s).");
        }
        if (json) Output.Print(parsed, found, () => "");
        var answering = found.Count(result => result.Answers);
        await Console.Error.WriteLineAsync(ended ?? Closing(answering, units.Count, endpoint));
        return ended is null && answering > 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    static string Line(ScanResult result) =>
        $"unit {result.Unit,3}  {result.Detail}{(result.Identity is { } who ? $"  {who}" : "")}"
        + (result.Models.Count > 0 ? $"  model {string.Join(" or ", result.Models)}" : "  no model is known by what it holds");

    static string Closing(int answering, int asked, ModbusEndpoint endpoint) => (answering, endpoint.Framing) switch
    {
        (> 0, _) => $"{answering} of {asked} unit(s) answered.",
        (_, ModbusFraming.Tcp) => "No unit answered. Is its number another (--units)? Is this a serial server that passes RTU frames through (--framing rtu)?",
        _ => "No unit answered. Is its number another (--units)? Do speed and parity of the line fit the meter? Are A and B swapped?",
    };

    static bool TryUnits(string text, out List<byte> units)
    {
        units = [];
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryUnit(ends[0], out var first) || !TryUnit(ends[^1], out var last) || last < first) return false;
            for (var unit = (int)first; unit <= last; unit++)
                if (!units.Contains((byte)unit)) units.Add((byte)unit);
        }
        return true;
    }

    static bool TryUnit(string text, out byte unit) => byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out unit);
}
