using System.Globalization;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Ingest.Modbus.SunSpec;

/// <summary>One model of a chain and how it is read.</summary>
readonly record struct SunSpecPart(SunSpecDefinition Definition, SunSpecModel Model)
{
    /// <summary>
    /// Its points at their places in this unit, each beside the id and length found: one read brings them all, with their scale factors.
    /// What lies behind the model's end, or belongs to an input that the unit does not have, is left out.
    /// </summary>
    public IEnumerable<RegisterPoint> Points(int inputs)
    {
        var (model, repeat) = (Model, Definition.Repeat);
        var guard = new RegisterGuard(model.Address, model.Id, model.Length);
        var group = string.Create(CultureInfo.InvariantCulture, $"SunSpec {model.Id} at {model.Address}");
        return Definition.Registers.Points
            .Where(point => point.End <= 2 + model.Length && (repeat?.PartOf(point.Address) ?? 0) <= inputs)
            .Select(point => point with
            {
                Address = model.Address + point.Address,
                ScaleFactor = model.Address + point.ScaleFactor,
                Addends = [.. point.Addends.Select(at => model.Address + at)],
                Guard = guard,
                Group = group,
            });
    }

    /// <summary>How many inputs there are, by what its register says and by what has room in it.</summary>
    public int Inputs(ushort says)
    {
        if (Definition.Repeat is not { } repeat) return 0;
        var room = Math.Max(0, (2 + Model.Length - repeat.At) / repeat.Words);
        return says == ushort.MaxValue ? room : Math.Min(says, room);
    }
}

/// <summary>Which models of a chain belong to the meter, or in words why that cannot be said.</summary>
static class SunSpecBinding
{
    public static (IReadOnlyList<SunSpecPart> Parts, string? Refusal) Choose(RegisterMap map, SunSpecChain chain)
    {
        var profile = map.SunSpec!;
        foreach (var definition in profile.Definitions.Where(definition => !definition.Extends))
        {
            var found = chain.Models.Where(model => definition.Ids.Contains(model.Id)).ToList();
            if (found.Count == 0) continue;
            if (profile.Instance > found.Count || (profile.Instance is null && found.Count > 1)) return ([], Which(profile, found));
            var chosen = (profile.Instance ?? 1) - 1;
            return ([new(definition, found[chosen]), .. Extensions(profile, chain, found, chosen)], null);
        }
        return ([], $"it has no model that {map.Id} reads ({profile.Ids}); {chain}");
    }

    // The extension of one of several inverters stands behind it, before the next.
    static IEnumerable<SunSpecPart> Extensions(
        SunSpecProfile profile, SunSpecChain chain, List<SunSpecModel> found, int chosen)
    {
        var from = found.Count == 1 ? 0 : found[chosen].Address;
        var to = chosen + 1 < found.Count ? found[chosen + 1].Address : int.MaxValue;
        foreach (var definition in profile.Definitions.Where(definition => definition.Extends))
            if (chain.Models.FirstOrDefault(model => definition.Ids.Contains(model.Id) && model.Address >= from && model.Address < to) is { } model)
                yield return new(definition, model);
    }

    static string Which(SunSpecProfile profile, List<SunSpecModel> found)
    {
        var list = string.Join("; ", found.Select((model, index) =>
            string.Create(CultureInfo.InvariantCulture, $"{index + 1} is model {model.Id} at {model.Address}, {model.Identity}")));
        return profile.Instance is { } instance
            ? $"it has no {instance}. of its kind in its SunSpec chain: {list}"
            : $"its SunSpec chain has {found.Count} of its kind; say which in the address, as unit/1: {list}";
    }
}
