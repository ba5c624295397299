using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.SunSpec;

/// <summary>Reads the key <c>sunspec</c> of a model file. Its keys are described in <c>seeds/models/README.md</c>.</summary>
static class SunSpecFile
{
    // Id and length stand before the points.
    const int Header = 2;

    // The marker takes two registers, and a model's id and length follow it.
    const int LastBase = 65535 - 3;

    /// <param name="node">The key's value.</param>
    /// <param name="map">The model without points: what holds for all that it reads.</param>
    /// <param name="points">Reads the points of a node.</param>
    /// <param name="tests">Reads the self-tests of a node.</param>
    public static SunSpecProfile Read(
        DefinitionNode node, RegisterMap map, Func<DefinitionNode, IEnumerable<RegisterPoint>> points, Func<DefinitionNode, IEnumerable<SelfTest>> tests)
    {
        var bases = node.Wholes("bases", ushort.MaxValue).Select(at => (ushort)at).ToList();
        if (bases.Count == 0) node.Fault("bases", "there must be at least one");
        if (bases.Any(at => at > LastBase)) node.Fault("bases", $"a chain begins at register {LastBase} or before: the marker takes two, the first model's head two");
        var definitions = new List<SunSpecDefinition>();
        foreach (var child in node.Children("models")) definitions.Add(Definition(child, map, points, tests));
        if (definitions.All(definition => definition.Extends)) node.Fault("models", "there must be one that extends no other");
        foreach (var main in definitions.Where(definition => !definition.Extends)) Once(node, definitions, main);
        node.Finish();
        return new(bases, definitions);
    }

    static SunSpecDefinition Definition(
        DefinitionNode node, RegisterMap map, Func<DefinitionNode, IEnumerable<RegisterPoint>> points, Func<DefinitionNode, IEnumerable<SelfTest>> tests)
    {
        var ids = node.Wholes("ids", ushort.MaxValue - 1).Select(id => (ushort)id).ToList();
        if (ids.Count == 0 || ids.Any(id => id <= CommonModel.Id)) node.Fault("ids", "must hold at least one id, above 1");
        var registers = map with
        {
            Id = $"{map.Id} {string.Join('/', ids)}",
            Points = [.. points(node).Select(WithSentinels)],
            SelfTests = [.. tests(node)],
        };
        var definition = new SunSpecDefinition(ids, node.Flag("extends"), Repeat(node), registers);
        Check(node, registers);
        node.Finish();
        return definition;
    }

    static SunSpecRepeat? Repeat(DefinitionNode node)
    {
        if (node.Child("repeat") is not { } child) return null;
        var repeat = new SunSpecRepeat(
            (ushort)child.Whole("address", Header, ushort.MaxValue), (ushort)child.Whole("words", 1, ushort.MaxValue),
            (ushort)child.Whole("count", Header, ushort.MaxValue));
        child.Finish();
        return repeat;
    }

    static void Check(DefinitionNode node, RegisterMap registers)
    {
        if (registers.Points.Count == 0) node.Fault("points", "there must be at least one");
        foreach (var point in registers.Points)
        {
            var key = point.Quantity.Key();
            if (point.Function != MeterFunction.HoldingRegisters) node.Fault("points", $"{key} must be a holding register, as all of SunSpec");
            if (point.First < Header) node.Fault("points", $"{key} lies on the id or the length of its model, where its address is counted from");
            if (point.End > registers.Limits.MaxWords)
                node.Fault("points", $"{key} ends {point.End} registers behind its model's id, more than one read may bring");
            if (point.Period is not null) node.Fault("points", $"{key} is read with all others of its model and has no period of its own");
        }
    }

    static void Once(DefinitionNode node, List<SunSpecDefinition> definitions, SunSpecDefinition main)
    {
        var together = definitions.Where(definition => definition == main || definition.Extends).SelectMany(definition => definition.Registers.Points);
        foreach (var twice in together.GroupBy(point => point.Quantity).Where(group => group.Count() > 1))
            node.Fault("models", $"{twice.Key.Key()} is given twice for model {main.Ids[0]}");
    }

    // What each type says where it has no value (SunSpec Device Information Model Specification). Real inverters put the sentinel of the
    // signed type into unsigned registers; that costs a true 32768 now and then, and a wrong value never.
    static RegisterPoint WithSentinels(RegisterPoint point) => point.Invalid.Count > 0 ? point : point with
    {
        Invalid = point.Format.Type switch
        {
            RegisterType.Int16 => [0x8000],
            RegisterType.Uint16 => [0xFFFF, 0x8000],
            RegisterType.Int32 => [0x8000_0000],
            RegisterType.Uint32 => [0xFFFF_FFFF],
            RegisterType.Int64 => [0x8000_0000_0000_0000],
            RegisterType.Uint64 => [0xFFFF_FFFF_FFFF_FFFF],
            _ => [],
        },
    };
}
