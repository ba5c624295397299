using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Modbus.SunSpec;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>Reads one model file. The keys are described in <c>seeds/models/README.md</c>.</summary>
static class RegisterMapFile
{
    const int Schema = 1;

    static readonly Dictionary<string, MeterClass> Classes = Enum.GetValues<MeterClass>().ToDictionary(Name);
    static readonly Dictionary<string, SelfTestKind> Kinds = Enum.GetValues<SelfTestKind>().ToDictionary(Name);

    static readonly Dictionary<string, Evidence> Proofs = new()
    {
        ["bench_tested"] = Evidence.BenchTested, ["manual"] = Evidence.Manual, ["secondary"] = Evidence.Secondary, ["example"] = Evidence.Example,
    };

    /// <summary>The model, or null with at least one fault added.</summary>
    public static RegisterMap? Read(string file, TextReader text, List<DefinitionFault> faults)
    {
        var before = faults.Count;
        if (DefinitionText.Root(file, text, "meter model", faults) is not { } node) return null;
        var map = Map(node, file);
        if (faults.Count == before) faults.AddRange(ModelSelfTests.Faults(map));
        return faults.Count == before ? map : null;
    }

    static RegisterMap Map(DefinitionNode node, string file)
    {
        node.Whole("schema", Schema, Schema);
        var (defaults, items) = (node.Child("defaults"), DataItems.Of(node));
        // An item is read by itself, whatever its neighbours: there is nothing to limit.
        var limits = items is null ? AskingKeys.Limits(node) : ReadLimits.Default;
        var (timing, oneClient, closeAfterPoll) = AskingKeys.Timing(node);
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
            Protocol = items?.Protocol ?? MeterProtocol.Modbus,
            Timing = timing,
            OneClient = oneClient,
            CloseAfterPoll = closeAfterPoll,
            Setup = items is null ? AskingKeys.Setup(node) : [],
            Limits = limits,
            Points = DataItems.WithItemBytes([.. Points(node)]),
            Probe = items is null && node.Child("probe") is { } probe ? PointKeys.Probe(probe, defaults, limits) : null,
            SelfTests = [.. Tests(node)],
            File = file,
        };
        if (node.Child("sunspec") is { } sunSpec) map = map with { SunSpec = SunSpecFile.Read(sunSpec, map, Points, Tests) };
        if (map.SunSpec is not null && map.Points.Count > 0) node.Fault("points", "belong to the models under 'sunspec'");
        if (map.SunSpec is null && map.Points.Count == 0) node.Fault("points", "there must be at least one");
        foreach (var twice in map.Points.GroupBy(point => point.Quantity).Where(group => group.Count() > 1))
            node.Fault("points", $"{twice.Key.Key()} is given twice");
        if (items is null)
            foreach (var fault in Unreadable(map)) node.Fault("points", fault);
        defaults?.Finish();
        node.Finish();
        return map;

        IEnumerable<RegisterPoint> Points(DefinitionNode part) =>
            part.Children("points").Select(point => PointKeys.Point(point, defaults, limits, items)).OfType<RegisterPoint>();
        IEnumerable<SelfTest> Tests(DefinitionNode part) => part.Children("self_tests").Select(Test).OfType<SelfTest>();
    }

    // What one read must bring, but may not.
    static IEnumerable<string> Unreadable(RegisterMap map)
    {
        foreach (var block in ReadPlan.For(map.Points, map.Limits).Blocks)
        {
            var first = block.Points[0];
            var (what, unit) = (first.Group is { } group ? $"the group {group}" : first.Quantity.Key(), block.For(0).ReadsBits ? "bits" : "registers");
            var longest = map.Limits.LongestOf(block.Function);
            if (block.Count > longest) yield return $"{what} takes {block.Count} {unit}, more than one read may bring ({longest})";
            if (map.Limits.Boundaries.Any(address => block.Address < address && address < block.Address + block.Count))
                yield return $"{what} lies on both sides of a boundary that no read may cross";
        }
        foreach (var group in map.Points.Where(point => point.Group is not null).GroupBy(point => point.Group))
            if (group.Select(point => point.Function).Distinct().Count() > 1)
                yield return $"the group {group.Key} lies in two tables, which no read can bring together";
    }

    static SelfTest? Test(DefinitionNode node)
    {
        var (key, kind) = (node.Text("key"), node.OneOf("shows", Kinds, SelfTestKind.Normal));
        var words = node.Wholes("words", ushort.MaxValue).Select(word => (ushort)word).ToList();
        var bytes = node.Wholes("bytes", byte.MaxValue).Select(octet => (byte)octet).ToList();
        double? value = node.Text("value") == "missing" ? null : node.Real("value");
        node.Finish();
        if (Quantities.TryParse(key, out var quantity)) return new(quantity, kind, words, value, node.Line) { Bytes = bytes };
        node.Fault("key", $"'{key}' is no quantity");
        return null;
    }

    static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
