using System.CommandLine;
using System.Globalization;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Modbus.SunSpec;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch read</c>: one meter, now, every register point.</summary>
static class ReadCommand
{
    public static Command Create()
    {
        var endpoint = new EndpointOptions();
        var model = new Option<string?>("--model") { Description = "Meter model, as energywatch models lists them; without it the models are tried" };
        var unit = new Option<string>("--unit")
        {
            Description = "Modbus unit, or the digits on a DL/T 645 or CJ/T 188 meter", DefaultValueFactory = _ => "1",
        };
        var command = new Command("read", "Read a meter now and print every register point") { model, unit };
        endpoint.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            var maps = MeterModels.Load(parsed);
            var at = endpoint.Of(parsed);
            var address = parsed.GetRequiredValue(unit);
            var map = parsed.GetValue(model) is { } id
                ? MeterModels.Find(maps, id) : await RecognisedAsync(maps, at, UnitOf(maps, address), stop);
            // Of several of a kind in one unit, the address names one.
            if (SunSpecAddress.Split(map, address) is ({ } instance, { } rest)) (map, address) = (instance, rest);
            var readout = await MeterRead.RunAsync(map, at, AddressOf(map.Protocol, address), TimeProvider.System, stop);
            return Print(parsed, map, readout);
        });
        return command;
    }

    // Without a model the unit is asked in Modbus; of 1/2, which is the second of a kind on unit 1, that is 1.
    static byte UnitOf(RegisterMaps maps, string text)
    {
        var spoken = maps.All.Where(map => MeterAddress.DigitsOf(map.Protocol) == text.Trim().Length).ToList();
        if (spoken.Count > 0 && MeterAddress.TryParse(spoken[0].Protocol, text, out _))
            throw new BadArgumentException(
                $"--unit '{text}' has the digits of a {string.Join(" or ", spoken.Select(map => map.Protocol.InWords()).Distinct())} address:"
                + $" name the model with --model, one of {string.Join(", ", spoken.Select(map => map.Id))}.");
        return (byte)AddressOf(MeterProtocol.Modbus, text.Split('/') is [var unit, _] ? unit : text);
    }

    static ulong AddressOf(MeterProtocol protocol, string text) => MeterAddress.TryParse(protocol, text, out var address)
        ? address : throw new BadArgumentException($"--unit '{text}' is not {MeterAddress.Allowed(protocol)}.");

    // The one model it can be; where there are several or none, a person must say.
    static async Task<RegisterMap> RecognisedAsync(RegisterMaps maps, ModbusEndpoint at, byte unit, CancellationToken stop)
    {
        try
        {
            await foreach (var found in MeterScan.RunAsync(at, [unit], maps, MeterScan.DefaultTimeout, TimeProvider.System, stop))
            {
                if (!found.Answers) throw new CommandFailedException(found.Detail);
                var who = found.Identity is null ? "" : $" It says it is {found.Identity}.";
                if (found.Models is [var only])
                {
                    await Console.Error.WriteLineAsync($"Unit {unit} looks like {only}.{who}");
                    return maps.Find(only)!;
                }
                throw new CommandFailedException(found.Models.Count > 0
                    ? $"Unit {unit} may be {string.Join(" or ", found.Models)}: say which with --model.{who}"
                    : $"Unit {unit} {found.Detail}, but no model is known by what it holds.{who} Look for it among `energywatch models` and name it with --model.");
            }
        }
        catch (ModbusLinkException unreachable)
        {
            throw new CommandFailedException(unreachable.Message);
        }
        throw new CommandFailedException($"Unit {unit} was not asked.");
    }

    static int Print(ParseResult parsed, RegisterMap map, MeterReadout readout)
    {
        if (readout.Identity is { } identity) Console.Error.WriteLine(identity);
        if (readout.Fault is { } fault) Console.Error.WriteLine($"{map.Id}: {fault}");
        if (readout.Fault is null || parsed.GetValue(CommandLine.Json))
            Output.Print(parsed, readout.Points.Select(PointAnswer.Of), () => Table(readout.Points));
        return readout.Points.Any(point => point.Value is not null) ? ExitCode.Ok : ExitCode.Failed;
    }

    static string Table(IReadOnlyList<RegisterReading> points) => Columns.Of(points.Select(point => new[]
    {
        point.Key, point.Place, point.Raw, point.Value is { } value ? $"{Shown(value)}{(point.Unit == "1" ? "" : $" {point.Unit}")}" : $"missing: {point.Fault}",
    }).Prepend(["quantity", "register", "raw", "value"]));

    // What came as a 32-bit float is shown with the digits that it has: 230.1, not 230.100006.
    static string Shown(double value)
    {
        var single = (float)value;
        return single == value && Math.Abs(single) < 1e7f
            ? ((decimal)single).ToString("0.######", CultureInfo.InvariantCulture) : value.ToString("0.######", CultureInfo.InvariantCulture);
    }

    sealed record PointAnswer(
        string Key, string Table, uint Address, IReadOnlyList<ushort> Words, string Raw, double? Value, string Unit, string? At, string? Fault)
    {
        public static PointAnswer Of(RegisterReading point) => new(
            point.Key, point.Table, point.Address, point.Words, point.Raw, point.Value, point.Unit, point.At?.ToString(), point.Fault);
    }
}
