using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using YamlDotNet.RepresentationModel;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// The key map of a dialect or a message: their key, and what it is here. <c>ignore</c> is one that is known and not
/// wanted; a key that ends in <c>*</c> and is ignored stands for all that begin so; <c>own</c> takes our own keys.
/// </summary>
static class KeyKeys
{
    const string Own = "own";
    const string Ignore = "ignore";
    const string Sum = "sum";

    const decimal SmallestScale = 0.000000001m;
    const decimal LargestScale = 1000000000m;

    /// <param name="node">Where the key map hangs.</param>
    /// <param name="keys">The key map itself.</param>
    public static KeyMap Map(DefinitionNode node, DefinitionNode keys)
    {
        var (rules, heads, takesOwn) = (new Dictionary<string, KeyRule>(), new List<string>(), false);
        foreach (var (key, value) in node.Entries("keys"))
        {
            if (value is YamlMappingNode) rules[key] = Rule(keys.Child(key)!);
            else if (keys.OptionalText(key) == Ignore && key.EndsWith('*')) heads.Add(key[..^1]);
            else if (keys.OptionalText(key) == Ignore) rules[key] = KeyRule.Ignored;
            else if (key == Own && keys.OptionalText(key) == "true") takesOwn = true;
            else keys.Fault(key, "must be 'ignore', or hold quantity and unit");
        }
        return new KeyMap(rules, heads, takesOwn);
    }

    static KeyRule Rule(DefinitionNode node)
    {
        var (scale, offset) = (node.Number("scale", 1), node.Number("offset", 0));
        if (Math.Abs(scale) is < SmallestScale or > LargestScale)
        {
            node.Fault("scale", $"must be from {SmallestScale} to {LargestScale}, or as much below 0");
            scale = 1;
        }
        if (Math.Abs(offset) > 1_000_000_000_000m)
        {
            node.Fault("offset", "must be from -1000000000000 to 1000000000000");
            offset = 0;
        }
        var quantity = QuantityOf(node, "quantity", node.Text("quantity"));
        var (use, spread) = List(node);
        var unit = node.Text("unit");
        var conversion = UnitConversion.Same;
        foreach (var each in spread.Append(quantity).OfType<Quantity>())
        {
            if (UnitConversion.TryFind(unit, each.Unit(), out conversion)) continue;
            node.Fault("unit", $"'{unit}' is no unit of {each.Key()}; allowed are {string.Join(", ", UnitConversion.UnitsFor(each.Unit()))}");
            conversion = UnitConversion.Same;
        }
        var rule = new KeyRule(
            quantity, Scaling.Of(scale, offset, conversion), scale, offset, use, [.. spread.OfType<Quantity>()])
        {
            Invalid = [.. Invalid(node)],
            Beside = node.OptionalText("beside") is { } beside ? new FieldPath(beside) : null,
        };
        node.Finish();
        return rule;
    }

    // sum, ignore, or the quantities of its values in order.
    static (ListUse Use, IReadOnlyList<Quantity?> Spread) List(DefinitionNode node) => node.At("list") switch
    {
        null => (ListUse.Refused, []),
        YamlScalarNode { Value: Sum } => (ListUse.Summed, []),
        YamlScalarNode { Value: Ignore } => (ListUse.Ignored, []),
        YamlSequenceNode => (ListUse.Spread, [.. node.Texts("list").Select(text => QuantityOf(node, "list", text))]),
        _ => Refused(node),
    };

    static (ListUse, IReadOnlyList<Quantity?>) Refused(DefinitionNode node)
    {
        node.Fault("list", "must be 'sum', 'ignore' or a list of quantities");
        return (ListUse.Refused, []);
    }

    static Quantity? QuantityOf(DefinitionNode node, string key, string text)
    {
        if (Quantities.TryParse(text, out var quantity)) return quantity;
        if (text.Length > 0)
            node.Fault(key, $"'{text}' is no quantity; known are {string.Join(", ", Quantities.All.Select(known => known.Key))}");
        return null;
    }

    static IEnumerable<double> Invalid(DefinitionNode node)
    {
        foreach (var text in DialectFile.Texts(node, "invalid"))
        {
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) yield return number;
            else node.Fault("invalid", "must hold numbers");
        }
    }
}
