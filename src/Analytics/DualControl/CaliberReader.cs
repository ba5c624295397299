using System.Globalization;
using System.Text.Json;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// Reads one caliber file; every fault goes on the list with its place, and null comes back where there was one.
/// </summary>
sealed class CaliberReader(string file, GridFactors grid, List<string> faults)
{
    public static readonly string[] Evidences = ["found", "secondary", "computed", "recalled"];

    static readonly Dictionary<string, FactorKind> Kinds =
        new() { ["standard_coal"] = FactorKind.StandardCoal, ["carbon"] = FactorKind.Carbon };

    public Caliber? Read(JsonElement root)
    {
        var before = faults.Count;
        if (!Object(
            root, "$", "name", "edition", "title", "valid_from", "source", "grid", "factors", "denominators", "rules", "note"))
            return null;
        var name = Text(root, "name");
        var edition = Number(root, "edition") ?? 0;
        if (edition < 1 || edition != Math.Floor(edition)) Fault("edition", "must be a whole number from 1");
        var title = Text(root, "title");
        var from = Day(root, "valid_from", required: true);
        var source = Text(root, "source");
        var factors = Factors(root);
        var rule = Heads(root);
        var rules = Rules(root);
        return faults.Count > before ? null
            : new Caliber(name!, (int)edition, title!, from!.Value, source!, factors, rule!, rules!);
    }

    List<CarrierFactor> Factors(JsonElement root)
    {
        var factors = new List<CarrierFactor>();
        if (Child(root, "factors", JsonValueKind.Array) is { } list)
        {
            var i = 0;
            foreach (var item in list.EnumerateArray())
                if (Factor(item, $"factors[{i++}]") is { } factor) factors.Add(factor);
        }
        if (Child(root, "grid", JsonValueKind.Object) is { } named && Object(named, "grid", "area", "data_year"))
        {
            var (area, year) = (Text(named, "area", "grid."), Number(named, "data_year", "grid."));
            if (area is not null && year is not null)
            {
                if (grid.Find(area, (int)year) is { } factor) factors.Add(factor);
                else Fault("grid", $"{area} {year} is not in {GridFactors.FileName}");
            }
        }
        foreach (var twice in factors.GroupBy(factor => (factor.Carrier, factor.Kind))
            .Where(group => group.Count() > 1))
            Fault("factors", $"{twice.Key.Carrier.Key()} has more than one {twice.Key.Kind} factor");
        if (!factors.Exists(factor => factor is { Carrier: Carrier.Electricity, Kind: FactorKind.StandardCoal }))
            Fault("factors", "electricity has no standard_coal factor");
        if (factors.Exists(factor => factor.Carrier == Carrier.Water)) Fault("factors", "water is not converted");
        return factors;
    }

    CarrierFactor? Factor(JsonElement item, string place)
    {
        var before = faults.Count;
        if (!Object(
            item, place, "carrier", "kind", "per_unit", "source", "edition", "dated", "evidence", "derivation", "note"))
            return null;
        var dot = place + ".";
        if (!Carriers.TryParse(Text(item, "carrier", dot), out var carrier)) Fault(dot + "carrier", "is no carrier");
        if (!Kinds.TryGetValue(Text(item, "kind", dot) ?? "", out var kind))
            Fault(dot + "kind", $"must be one of {string.Join(", ", Kinds.Keys)}");
        var perUnit = Number(item, "per_unit", dot) ?? 0;
        if (perUnit <= 0) Fault(dot + "per_unit", "must be above 0");
        var source = Text(item, "source", dot);
        var evidence = Text(item, "evidence", dot);
        if (evidence is not null && !Evidences.Contains(evidence))
            Fault(dot + "evidence", $"must be one of {string.Join(", ", Evidences)}");
        var derivation = Optional(item, "derivation");
        if (derivation is not null && Product(derivation) is var product && !(Math.Abs(product / perUnit - 1) < 1e-6))
            Fault(dot + "derivation", string.Create(CultureInfo.InvariantCulture,
                $"comes to {product:0.#########}, not to per_unit {perUnit:0.#########}"));
        var dated = Day(item, "dated", required: false, dot);
        return faults.Count > before ? null
            : new CarrierFactor(
                carrier, kind, perUnit, source!, Optional(item, "edition") ?? "", dated, evidence!, derivation);
    }

    // "1.4714 kgce/kg × 0.73 kg/L": the numbers that begin the factors, a fraction among them.
    static double Product(string derivation)
    {
        var product = 1.0;
        foreach (var part in derivation.Split('×', StringSplitOptions.TrimEntries))
        {
            var fraction = part.Split(' ')[0].Split('/');
            foreach (var (i, text) in fraction.Index())
            {
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                    return double.NaN;
                product = i == 0 ? product * number : product / number;
            }
        }
        return product;
    }

    DenominatorRule? Heads(JsonElement root)
    {
        if (Child(root, "denominators", JsonValueKind.Object) is not { } rule
            || !Object(rule, "denominators", "heads", "source"))
            return null;
        var weights = new Dictionary<string, double>();
        if (Child(rule, "heads", JsonValueKind.Object, "denominators.") is { } heads)
            foreach (var head in heads.EnumerateObject())
            {
                var place = "denominators.heads." + head.Name;
                if (head.Value.ValueKind != JsonValueKind.Number || head.Value.GetDouble() < 0)
                    Fault(place, "must be a number from 0");
                else if (!weights.TryAdd(head.Name, head.Value.GetDouble())) Fault(place, "is there twice");
            }
        return Text(rule, "source", "denominators.") is { } source ? new DenominatorRule(weights, source) : null;
    }

    CaliberRules? Rules(JsonElement root)
    {
        if (Child(root, "rules", JsonValueKind.Object) is not { } rules
            || !Object(rules, "rules", "pv_self_use_counts", "exclude_ev_charging", "source")) return null;
        Text(rules, "source", "rules.");
        return new CaliberRules(Flag(rules, "pv_self_use_counts"), Flag(rules, "exclude_ev_charging"));
    }

    bool Flag(JsonElement rules, string name)
    {
        if (rules.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Fault("rules." + name, "must be true or false");
        return false;
    }

    bool Object(JsonElement element, string place, params ReadOnlySpan<string> known)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            Fault(place, "must be an object");
            return false;
        }
        foreach (var property in element.EnumerateObject())
            if (!known.Contains(property.Name))
                Fault($"{place}.{property.Name}", $"is not known; known are {string.Join(", ", known.ToArray())}");
        return true;
    }

    JsonElement? Child(JsonElement parent, string name, JsonValueKind kind, string place = "")
    {
        if (parent.TryGetProperty(name, out var child) && child.ValueKind == kind) return child;
        Fault(place + name, $"must be there, as {(kind == JsonValueKind.Array ? "a list" : "an object")}");
        return null;
    }

    string? Text(JsonElement parent, string name, string place = "")
    {
        if (Optional(parent, name) is { Length: > 0 } text) return text;
        Fault(place + name, "must be there, as text");
        return null;
    }

    static string? Optional(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    double? Number(JsonElement parent, string name, string place = "")
    {
        if (parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number)
            return value.GetDouble();
        Fault(place + name, "must be there, as a number");
        return null;
    }

    DateOnly? Day(JsonElement parent, string name, bool required, string place = "")
    {
        if (!parent.TryGetProperty(name, out _) && !required) return null;
        if (DateOnly.TryParseExact(
            Optional(parent, name), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return day;
        Fault(place + name, "must be a date (yyyy-MM-dd)");
        return null;
    }

    void Fault(string place, string what) => faults.Add($"{file}: {place} {what}");
}
