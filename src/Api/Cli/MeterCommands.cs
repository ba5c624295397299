using System.CommandLine;
using System.Globalization;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Api.Cli;

/// <summary>What <c>read</c> and <c>scan</c> need to know of an endpoint.</summary>
sealed class EndpointOptions
{
    public Option<string> Host { get; } = new("--host") { Description = "Address of the meter or gateway", Required = true };
    public Option<int> Port { get; } = new("--port") { Description = "TCP port", DefaultValueFactory = _ => ModbusEndpoint.DefaultPort };
    public Option<string> Framing { get; } = new("--framing") { Description = "tcp, or rtu for RTU over TCP", DefaultValueFactory = _ => "tcp" };

    public EndpointOptions() => Framing.AcceptOnlyFromAmong("tcp", "rtu");

    public ModbusEndpoint Of(ParseResult parsed) => new(
        parsed.GetRequiredValue(Host), parsed.GetRequiredValue(Port),
        parsed.GetRequiredValue(Framing) == "rtu" ? ModbusFraming.RtuOverTcp : ModbusFraming.Tcp);

    public void AddTo(Command command)
    {
        command.Options.Add(Host);
        command.Options.Add(Port);
        command.Options.Add(Framing);
    }
}

/// <summary><c>energywatch read</c>: one meter, now, every register point.</summary>
static class ReadCommand
{
    public static Command Create()
    {
        var endpoint = new EndpointOptions();
        var model = new Option<string>("--model") { Description = "Meter model, as energywatch models lists them", Required = true };
        var unit = new Option<byte>("--unit") { Description = "Modbus unit", DefaultValueFactory = _ => 1 };
        var command = new Command("read", "Read a meter now and print every register point") { model, unit };
        endpoint.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            var maps = RegisterMaps.Load(CommandLine.Config(parsed).Ingest.Modbus.ModelFolders);
            var map = maps.Find(parsed.GetRequiredValue(model)) ?? throw new CommandFailedException(
                $"There is no model {parsed.GetRequiredValue(model)}; there are {string.Join(", ", maps.All.Select(known => known.Id))}.");
            var points = await MeterRead.RunAsync(map, endpoint.Of(parsed), parsed.GetRequiredValue(unit), TimeProvider.System, stop);
            Output.Print(parsed, points.Select(PointAnswer.Of), () => string.Join('\n', points.Select(Line)));
            return points.Any(point => point.Value is not null) ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    static string Line(RegisterReading point) => string.Create(CultureInfo.InvariantCulture,
        $"{point.Key,-20} {point.Table,-7} {point.Address,6}  {string.Join(' ', point.Words.Select(word => word.ToString("X4", CultureInfo.InvariantCulture))),-20} {(point.Value is { } value ? $"{value:0.######} {point.Unit}" : point.Fault)}");

    sealed record PointAnswer(string Key, string Table, uint Address, IReadOnlyList<ushort> Words, double? Value, string Unit, string? At, string? Fault)
    {
        public static PointAnswer Of(RegisterReading point) => new(
            point.Key, point.Table, point.Address, point.Words, point.Value, point.Unit, point.At?.ToString(), point.Fault);
    }
}

/// <summary><c>energywatch scan</c>: which units answer, and what they may be.</summary>
static class ScanCommand
{
    public static Command Create()
    {
        var endpoint = new EndpointOptions();
        var units = new Option<string>("--units") { Description = "Units to ask, as 1-32 or 1,5,9", DefaultValueFactory = _ => "1-32" };
        var command = new Command("scan", "Find the units that answer behind an endpoint") { units };
        endpoint.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            if (!TryUnits(parsed.GetRequiredValue(units), out var asked))
                throw new CommandFailedException($"--units {parsed.GetRequiredValue(units)} is not like 1-32 or 1,5,9 within 0 to 247.");
            var maps = RegisterMaps.Load(CommandLine.Config(parsed).Ingest.Modbus.ModelFolders);
            var found = new List<ScanResult>();
            try
            {
                await foreach (var result in MeterScan.RunAsync(endpoint.Of(parsed), asked, maps, TimeProvider.System, stop)) found.Add(result);
            }
            catch (ModbusLinkException unreachable)
            {
                throw new CommandFailedException($"{endpoint.Of(parsed)}: {unreachable.Message}");
            }
            Output.Print(parsed, found, () => string.Join('\n', found.Where(result => result.Answers).Select(result =>
                $"unit {result.Unit,3}  {result.Detail}{(result.Models.Count > 0 ? $"  {string.Join(", ", result.Models)}" : "")}")));
            return found.Any(result => result.Answers) ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    static bool TryUnits(string text, out List<byte> units)
    {
        units = [];
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !byte.TryParse(ends[0], CultureInfo.InvariantCulture, out var first)
                || !byte.TryParse(ends[^1], CultureInfo.InvariantCulture, out var last) || last < first || last > 247) return false;
            for (var unit = (int)first; unit <= last; unit++) units.Add((byte)unit);
        }
        return true;
    }
}
