using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>Reads one model file. The keys are described in <c>seeds/models/README.md</c>.</summary>
static class RegisterMapFile
{
    const int Schema = 1;

    static readonly Dictionary<string, MeterFunction> Registers = new()
    {
        ["holding"] = MeterFunction.HoldingRegisters, ["input"] = MeterFunction.InputRegisters,
    };

    static readonly Dictionary<string, RegisterType> Types = Enum.GetValues<RegisterType>().ToDictionary(Name);
    static readonly Dictionary<string, MeterClass> Classes = Enum.GetValues<MeterClass>().ToDictionary(Name);
    static readonly Dictionary<string, SelfTestKind> Kinds = Enum.GetValues<SelfTestKind>().ToDictionary(Name);
    static readonly Dictionary<string, bool> YesNo = new() { ["true"] = true, ["false"] = false };
    static readonly Dictionary<string, bool> Orders = new() { ["big"] = false, ["little"] = true };

    static readonly Dictionary<string, Evidence> Proofs = new()
    {
        ["bench_tested"] = Evidence.BenchTested, ["manual"] = Evidence.Manual, ["secondary"] = Evidence.Secondary, ["example"] = Evidence.Example,
    };

    /// <summary>The model, or null with at least one fault added.</summary>
    public static RegisterMap? Read(string file, TextReader text, List<ModelFault> faults)
    {
        var before = faults.Count;
        var stream = new YamlStream();
        try
        {
            stream.Load(text);
        }
        catch (Exception fault)
        {
            // The parser also throws what it did not mean to; whatever a file holds, it must not harm its neighbours.
            var line = fault is YamlException { Start.Line: var at } ? (int)at : 1;
            faults.Add(new ModelFault(file, line, "", $"is not readable YAML: {fault.Message}"));
            return null;
        }
        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
        {
            faults.Add(new ModelFault(file, 1, "", "must hold one model as keys and values"));
            return null;
        }
        var node = new ModelNode(root, file, "", faults);
        var map = Map(node, file);
        if (faults.Count == before) faults.AddRange(ModelSelfTests.Faults(map));
        return faults.Count == before ? map : null;
    }

    static RegisterMap Map(ModelNode node, string file)
    {
        node.Whole("schema", Schema, Schema);
        var (limits, defaults) = (Limits(node), node.Child("defaults"));
        var map = new RegisterMap
        {
            Id = node.Text("id"),
            Version = (int)node.Whole("version", 1, int.MaxValue),
            Vendor = node.Text("vendor"),
            Models = node.Texts("models"),
            Class = node.OneOf("class", Classes),
            Source = node.Text("source"),
            Evidence = node.OneOf("evidence", Proofs),
            Notes = node.OptionalText("notes"),
            Timing = Timing(node, out var oneClient),
            OneClient = oneClient,
            Limits = limits,
            Points = [.. node.Children("points").Select(point => Point(point, defaults, limits)).OfType<RegisterPoint>()],
            Probe = node.Child("probe") is { } probe ? Probe(probe, defaults) : null,
            SelfTests = [.. node.Children("self_tests").Select(Test).OfType<SelfTest>()],
            File = file,
        };
        if (map.Points.Count == 0) node.Fault("points", "there must be at least one");
        foreach (var twice in map.Points.GroupBy(point => point.Quantity).Where(group => group.Count() > 1))
            node.Fault("points", $"{twice.Key.Key()} is given twice");
        foreach (var block in ReadPlan.For(map.Points, limits).Blocks.Where(block => block.Count > limits.MaxWords))
            node.Fault("points", $"the group of {block.Points[0].Quantity.Key()} takes {block.Count} registers, more than one read may bring");
        defaults?.Finish();
        node.Finish();
        return map;
    }

    static ModbusTiming Timing(ModelNode node, out bool oneClient)
    {
        oneClient = false;
        if (node.Child("timing") is not { } timing) return ModbusTiming.Default;
        oneClient = timing.OneOf("one_client", YesNo, false);
        var read = new ModbusTiming(Ms(timing, "connect_delay_ms", 0), Ms(timing, "gap_ms", 0), Ms(timing, "response_timeout_ms", 1000));
        timing.Finish();
        return read;
    }

    static TimeSpan Ms(ModelNode node, string key, long absent) => TimeSpan.FromMilliseconds(node.Whole(key, 0, 60_000, absent));

    static ReadLimits Limits(ModelNode node)
    {
        if (node.Child("limits") is not { } limits) return ReadLimits.Default;
        var read = new ReadLimits(
            (int)limits.Whole("max_words", 1, MeterRequest.MaxWords, ReadLimits.Default.MaxWords),
            (int)limits.Whole("max_hole", 0, MeterRequest.MaxWords, ReadLimits.Default.MaxHole),
            [.. limits.Children("forbidden").Select(Range)]);
        limits.Finish();
        return read;
    }

    static RegisterRange Range(ModelNode node)
    {
        var range = new RegisterRange(
            node.OneOf("register", Registers), (ushort)node.Whole("first", 0, ushort.MaxValue), (ushort)node.Whole("last", 0, ushort.MaxValue));
        if (range.Last < range.First) node.Fault("last", "must not be before first");
        node.Finish();
        return range;
    }

    static RegisterPoint? Point(ModelNode node, ModelNode? defaults, ReadLimits limits)
    {
        var key = node.Text("key");
        if (!Quantities.TryParse(key, out var quantity))
        {
            if (key.Length > 0) node.Fault("key", $"'{key}' is no quantity; known are {string.Join(", ", Quantities.All.Select(q => q.Key))}");
            return null;
        }
        var unit = node.Text("unit");
        if (!UnitConversion.TryFind(unit, quantity.Unit(), out var conversion))
            node.Fault("unit", $"'{unit}' is no unit of {key}; allowed are {string.Join(", ", UnitConversion.UnitsFor(quantity.Unit()))}");
        var format = Format(node, defaults);
        var (function, address) = (Register(node, defaults), node.Whole("address", 0, ushort.MaxValue));
        var (scale, offset) = (node.Number("scale", 1), node.Number("offset", 0));
        if (scale == 0) node.Fault("scale", "must not be 0");
        if (address + format.Words > 65536) node.Fault("address", "the value would end behind register 65535");
        if (limits.Forbidden.Any(range => range.Overlaps(function, (int)address, (int)address + format.Words)))
            node.Fault("address", "lies on a forbidden register");
        var invalid = node.Wholes("invalid", format.MaxRaw);
        var group = node.OptionalText("group");
        node.Finish();
        if (scale == 0 || conversion.Divide == 0) return null;
        return new(quantity, function, (uint)address, format, Scaling.Of(scale, offset, conversion), unit, invalid, group);
    }

    static RegisterProbe Probe(ModelNode node, ModelNode? defaults)
    {
        var probe = new RegisterProbe(
            Register(node, defaults), (ushort)node.Whole("address", 0, ushort.MaxValue), Format(node, defaults),
            (double)node.Number("scale", 1), node.Real("min"), node.Real("max"));
        node.Finish();
        return probe;
    }

    static SelfTest? Test(ModelNode node)
    {
        var (key, kind) = (node.Text("key"), node.OneOf("shows", Kinds, SelfTestKind.Normal));
        var words = node.Wholes("words", ushort.MaxValue).Select(word => (ushort)word).ToList();
        double? value = node.Text("value") == "missing" ? null : node.Real("value");
        node.Finish();
        if (Quantities.TryParse(key, out var quantity)) return new(quantity, kind, words, value, node.Line);
        node.Fault("key", $"'{key}' is no quantity");
        return null;
    }

    static MeterFunction Register(ModelNode node, ModelNode? defaults) =>
        node.OneOf("register", Registers, defaults?.OneOf("register", Registers, MeterFunction.HoldingRegisters) ?? MeterFunction.HoldingRegisters);

    static RegisterFormat Format(ModelNode node, ModelNode? defaults) => new(
        node.OneOf("type", Types, defaults?.OneOf("type", Types, RegisterType.Uint16)),
        node.OneOf("word_order", Orders, defaults?.OneOf("word_order", Orders, false) ?? false),
        node.OneOf("byte_order", Orders, defaults?.OneOf("byte_order", Orders, false) ?? false));

    static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
