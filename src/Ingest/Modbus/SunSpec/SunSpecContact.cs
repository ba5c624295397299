using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.SunSpec;

/// <summary>What a unit turned out to be, and the model with every point at its place in it.</summary>
/// <param name="Identity">Of the part of the chain that is read.</param>
public sealed record SunSpecFound(SunSpecChain Chain, SunSpecIdentity Identity, RegisterMap Map);

/// <summary>Asks a unit what it is: walks its chain and puts the points of the model in their places.</summary>
static class SunSpecContact
{
    /// <returns>What was found, or in words why it cannot be read by this model. The unit has answered in both cases.</returns>
    /// <exception cref="ModbusLinkException">when it is silent.</exception>
    public static async ValueTask<(SunSpecFound? Found, string? Refusal)> FindAsync(
        RegisterMap map, IModbusTransport transport, ulong unit, CancellationToken stop)
    {
        var walk = new SunSpecWalk(transport, unit, map.Timing);
        var (chain, refusal) = await walk.RunAsync(map.SunSpec!.Bases, stop);
        if (chain is null) return (null, refusal);
        var (parts, reason) = SunSpecBinding.Choose(map, chain);
        if (reason is not null) return (null, reason);
        var points = new List<RegisterPoint>();
        foreach (var part in parts)
        {
            var (inputs, broken) = await InputsAsync(part, walk, stop);
            if (broken is not null) return (null, broken);
            points.AddRange(part.Points(inputs));
        }
        return points.Count > 0
            ? (new(chain, parts[0].Model.Identity, map with { Points = points }), null)
            : (null, $"its SunSpec model {parts[0].Model.Id} is too short to hold a point that {map.Id} reads; {chain}");
    }

    // A unit that cannot say it now is asked again as a whole: half of what it has would look like all of it.
    static async ValueTask<(int Inputs, string? Broken)> InputsAsync(SunSpecPart part, SunSpecWalk walk, CancellationToken stop)
    {
        var model = part.Model;
        if (part.Definition.Repeat is not { } repeat || repeat.CountAt >= 2 + model.Length) return (0, null);
        var (words, exception) = await walk.ReadAsync(model.Address + repeat.CountAt, 1, stop);
        return words is not null
            ? (part.Inputs(words[0]), null)
            : (0, $"its SunSpec model {model.Id} at {model.Address} does not say how many inputs there are: {exception.InWords()}");
    }
}
