using System.Globalization;
using EnergyWatch.Domain.Readings;
using YamlDotNet.RepresentationModel;

namespace EnergyWatch.Simulator.Modbus;

/// <summary>One meter model: its registers, played back. Registers between its points answer 0, all others do not exist.</summary>
sealed record MeterModel(string Id, IReadOnlyList<ModelPoint> Points)
{
    public ModelPoint? Point(Quantity quantity) => Points.FirstOrDefault(point => point.Quantity == quantity);

    public bool Has(bool input, int address, int count)
    {
        var bank = Points.Where(point => point.Input == input).ToList();
        return bank.Count > 0 && address >= bank.Min(point => point.Address) && address + count <= bank.Max(point => point.Address + point.Words);
    }
}

/// <summary>The models of <c>seeds/models</c>, built in so that history and live values round alike wherever the simulator runs.</summary>
static class MeterModels
{
    static readonly Dictionary<string, MeterModel> ById = Load();

    public static MeterModel Named(string id) => ById.TryGetValue(id, out var model)
        ? model
        : throw new InvalidDataException(
            $"The meter model '{id}' is none of seeds/models with registers of its own: {string.Join(", ", ById.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>Chains of SunSpec and the data items of other protocols are played back by nobody here.</summary>
    public static bool CanPlay(YamlMappingNode root) => root.Children.ContainsKey("points") && Text(root, "protocol") is (null or "modbus");

    static Dictionary<string, MeterModel> Load()
    {
        var assembly = typeof(MeterModels).Assembly;
        var models = new Dictionary<string, MeterModel>();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".yaml", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            var yaml = new YamlStream();
            yaml.Load(reader);
            var root = (YamlMappingNode)yaml.Documents[0].RootNode;
            if (!CanPlay(root)) continue;
            var model = Read(root);
            models.Add(model.Id, model);
        }
        return models;
    }

    static MeterModel Read(YamlMappingNode root)
    {
        var defaults = root.Children.TryGetValue("defaults", out var found) ? (YamlMappingNode)found : [];
        return new(Text(root, "id")!, [.. ((YamlSequenceNode)root["points"]).Cast<YamlMappingNode>().Select(Point)]);

        ModelPoint Point(YamlMappingNode point)
        {
            var key = Text(point, "key")!;
            if (!Quantities.TryParse(key, out var quantity)) throw new InvalidDataException($"{Text(root, "id")}: unknown quantity '{key}'.");
            return new(
                quantity, Either("register", "holding") == "input", Address(Text(point, "address")!), Either("type", "uint16"),
                Either("word_order", "big") == "little", Either("byte_order", "big") == "little",
                Factor(Text(point, "unit")!) * decimal.Parse(Text(point, "scale") ?? "1", CultureInfo.InvariantCulture));

            decimal Factor(string unit) => UnitConversion.TryFind(unit, quantity.Unit(), out var conversion) && conversion.Add == 0
                ? conversion.Multiply / conversion.Divide
                : throw new InvalidDataException($"{Text(root, "id")}: {key} in '{unit}' cannot be played back.");

            string Either(string name, string otherwise) => Text(point, name) ?? Text(defaults, name) ?? otherwise;
        }
    }

    static string? Text(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;

    static ushort Address(string text) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ushort.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ushort.Parse(text, CultureInfo.InvariantCulture);
}
