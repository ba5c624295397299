using System.Globalization;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>The items of a readings message: their meter, time, keys and values. What is wrong is refused by itself.</summary>
sealed class ItemReader(MessageReader reader)
{
    const int LongestKey = 256;
    const int DeepestKey = 8;

    MessageRule _rule = null!;
    ItemPart _part = null!;
    IReadOnlyList<MeterName> _meters = [];
    Instant? _at;
    Meter? _meter;
    bool _knowsMeter;
    int _index = -1;
    // Whether anything in the message was something that its dialect knows.
    bool _isKnown;
    readonly HashSet<string> _apart = [];

    public void Read(MessageRule rule, JsonElement root)
    {
        (_rule, _index, _isKnown) = (rule, -1, false);
        _apart.Clear();
        // The scope stands at the root already; each path enters it again, which changes nothing.
        foreach (var part in rule.Parts)
        {
            (_part, _meters) = (part, part.Meters);
            part.Path.Visit(root, reader.Scope, this, static (item, self) => self.ReadItem(item));
        }
        // The answer has its only copy deleted: what we do not understand is kept.
        if (!_isKnown && !rule.Replies.IsEmpty && !reader.IsKept)
            Refuse(RefusalCodes.Malformed, "nothing in it is known here; map its keys, or ignore them by their names");
    }

    public void ReadText(MessageRule rule, string text)
    {
        (_rule, _index, _meters) = (rule, -1, rule.Meters);
        if (!Begin() || reader.Render(rule.Key!) is not { } key) return;
        Take(key, ValueText.Read(text), null);
    }

    void ReadItem(JsonElement item)
    {
        if (!_part.Means(item)) return;
        if (_part.Has is not null && _part.Path.Names.LastOrDefault() is { } name && reader.Scope.CaptureOf(name) is { } field)
            _apart.Add(field);
        if (!Begin())
        {
            _isKnown = true;
            return;
        }
        if (_rule.Key is { } template) ReadOne(item, template);
        else if (item.ValueKind == JsonValueKind.Object)
        {
            Span<char> key = stackalloc char[LongestKey];
            ReadFields(item, key, 0, 0);
        }
        else if (item.ValueKind != JsonValueKind.Null)
            Refuse(RefusalCodes.Malformed, $"an object is expected, not {item.ValueKind}");
    }

    // False where nothing of the item counts.
    bool Begin()
    {
        _index++;
        (_meter, _knowsMeter) = (null, false);
        _at = _rule.Time.Read(reader.Scope, reader.Zone, out var fault);
        if (fault is not null)
        {
            Refuse(RefusalCodes.BadTime, fault);
            return false;
        }
        if (_at is null && _rule.Time.IsRequired(reader.Scope))
        {
            Refuse(RefusalCodes.BadTime, "history needs a time of its own that can be told: it would be stored as of now");
            return false;
        }
        if (_at is null && reader.IsKept)
        {
            DialectMetrics.LeftAgeless(reader.Dialect);
            return false;
        }
        if (_rule.Unless.Count > 0 && IsOld()) return false;
        if (reader.MarkOn(_rule) is not { } mark) return true;
        DialectMetrics.LeftMarked(reader.Dialect);
        reader.Remark(mark, $"It says that {Shown.Text(mark)} cannot be read: what it shows is old, and is not stored until that ends.");
        return false;
    }

    // What a gateway last heard of a meter that it cannot reach is no reading of now.
    bool IsOld()
    {
        var name = _meters.Count > 0 && _meters[0].Template is { } template ? reader.Render(template) ?? "" : "";
        if (_rule.Unless.FirstOrDefault(match => match.Holds(reader.Scope)) is not { } holds)
        {
            reader.Unsay($"old {name}");
            return false;
        }
        var said = reader.Scope.Text(holds.Field) ?? "";
        reader.Remark(
            $"old {name}", $"Not stored: of {Shown.Text(name)} it says that {holds.Field.Text} is {Shown.Text(said)}.");
        return true;
    }

    void ReadOne(JsonElement item, TextTemplate template)
    {
        if (reader.Render(template) is not { } key)
        {
            Refuse(RefusalCodes.Malformed, "an item has no key");
            return;
        }
        // Where values may stand alone or in an object, one that stands alone is itself the value.
        if (_rule.Value is { } path && item.ValueKind is not (JsonValueKind.Number or JsonValueKind.String))
        {
            // Without a value it says something else of the key, an error for example: no reading.
            if (path.TryFind(item, out var value)) Take(key, value);
        }
        else Take(key, item);
    }

    void ReadFields(JsonElement item, Span<char> key, int prefix, int depth)
    {
        foreach (var property in item.EnumerateObject())
        {
            if (JsonText.NameOf(property) is not { } name || prefix + name.Length > key.Length)
            {
                Refuse(RefusalCodes.UnknownQuantity, "a key is too long, or no text");
                continue;
            }
            name.CopyTo(key[prefix..]);
            var path = key[..(prefix + name.Length)];
            var value = property.Value;
            if (prefix == 0 && value.ValueKind is JsonValueKind.Object or JsonValueKind.Array && IsApart(name)) continue;
            var rule = _rule.Keys.Find(path);
            if (rule is null && value.ValueKind == JsonValueKind.Object && depth < DeepestKey && path.Length < key.Length)
            {
                key[path.Length] = '.';
                ReadFields(value, key, path.Length + 1, depth + 1);
            }
            else if (rule is null) Unknown(path);
            else Take(path, rule, value);
        }
    }

    void Take(string key, JsonElement value)
    {
        if (_rule.Keys.Find(key) is { } rule) Take(key, rule, value);
        else Unknown(key);
    }

    void Take(string key, in ValueText value, object? _)
    {
        if (_rule.Keys.Find(key) is not { } rule) Unknown(key);
        else if (rule.Quantity is { } quantity) Add(key, rule, quantity, value);
    }

    void Take(ReadOnlySpan<char> key, KeyRule rule, JsonElement value)
    {
        if (rule.IsSwallowed)
        {
            if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) Unknown(key);
            return;
        }
        _isKnown = true;
        if (rule.Quantity is not { } quantity) return;
        if (value.ValueKind != JsonValueKind.Array)
        {
            Add(key, rule, quantity, ValueText.Read(value));
            return;
        }
        switch (rule.ListUse)
        {
            case ListUse.Ignored: return;
            case ListUse.Refused:
                Refuse(RefusalCodes.NotANumber, $"{Shown.Text(key)}: a number is expected, not a list");
                return;
            case ListUse.Summed: Add(key, rule, quantity, SumOf(value)); return;
        }
        var place = 0;
        foreach (var one in value.EnumerateArray())
        {
            if (place == rule.Quantities.Count) return;
            Add(key, rule, rule.Quantities[place++], ValueText.Read(one));
        }
    }

    // It was read as an item of its own.
    bool IsApart(ReadOnlySpan<char> name) =>
        _apart.Count > 0 && _apart.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);

    // A sum of which a part is missing is missing.
    static ValueText SumOf(JsonElement list)
    {
        var (sum, count) = (0.0, 0);
        foreach (var one in list.EnumerateArray())
        {
            var part = ValueText.Read(one);
            if (part.Number is not { } number) return part;
            (sum, count) = (sum + number, count + 1);
        }
        return count == 0 ? default : new ValueText(sum, null);
    }

    void Add(ReadOnlySpan<char> key, KeyRule rule, Quantity quantity, in ValueText value)
    {
        if (_rule.ShowsStrangers && !IsOfMeter()) return;
        if (value.Fault is { } fault)
        {
            Refuse(RefusalCodes.NotANumber, $"{Shown.Text(key)}: {fault}");
            return;
        }
        if (value.Number is not { } number || rule.Invalid.Contains(number)) return;
        if (rule.Beside is { } beside && !reader.Scope.Has(beside)) return;
        if (!TryScale(key, rule, quantity, number, out var scaled)) return;
        if (!_knowsMeter) FindMeter();
        if (_meter is null) return;
        var (series, at) = (new SeriesKey(_meter.Id, quantity), _at ?? reader.Context.ArrivedAt);
        if (reader.Taken.OtherThan(scaled, series, at) is { } other)
            Refuse(RefusalCodes.Malformed, $"{Shown.Text(key)}: {quantity.Key()} of {_meter.Code} was {other} before, at the same moment");
        else
            reader.Found.Add(new Reading(series, at, scaled, Doubt: _at is null ? Doubt.ArrivalTime : Doubt.None), _index);
    }

    bool TryScale(ReadOnlySpan<char> key, KeyRule rule, Quantity quantity, double number, out double scaled)
    {
        scaled = rule.Scaling.Apply(number);
        if (_rule.Unit is { } template && reader.Render(template) is { Length: > 0 } unit)
        {
            if (!UnitConversion.TryFind(unit, quantity.Unit(), out var conversion))
            {
                Refuse(RefusalCodes.UnknownQuantity, $"{Shown.Text(key)}: {Shown.Text(unit)} is no unit of {quantity.Key()}");
                return false;
            }
            scaled = Definitions.Scaling.Of(rule.Scale, rule.Offset, conversion).Apply(number);
        }
        if (double.IsFinite(scaled)) return true;
        Refuse(RefusalCodes.NotANumber, $"{Shown.Text(key)}: the number is too large");
        return false;
    }

    // Asked for once an item, and only where it has a value: what is not stored needs no meter.
    void FindMeter()
    {
        _knowsMeter = true;
        _meter = MeterNamed(out var asked);
        if (_meter is not null) return;
        var gateway = reader.Context.Gateway;
        var (about, detail) = asked is null
            ? ("only", $"the message names no meter, and {gateway} has none or several on that day")
            : (asked, $"{Shown.Text(asked)} is no meter of gateway {gateway}, by code or address");
        if (_rule.ShowsStrangers) reader.Remark("meter " + about, $"Not stored: {detail}.");
        else Refuse(RefusalCodes.UnknownMeter, detail);
    }

    // The first of the names that is a meter's; asked is the first that could be made.
    Meter? MeterNamed(out string? asked)
    {
        var gateway = reader.Context.Gateway ?? "";
        var meters = GatewayMeters.Of(reader.Context.Registry);
        var day = LocalDays.Of(reader.Context.Calendar).DayOf(_at ?? reader.Context.ArrivedAt);
        asked = null;
        var own = reader.Scope.CaptureOf(TopicPattern.GatewayName);
        var namesAnother = false;
        foreach (var name in _meters)
        {
            var rendered = name.Template is null ? null : reader.Render(name.Template);
            asked ??= rendered;
            // The only meter is never taken for one that the message names, should that be a second one of the gateway.
            namesAnother |= rendered is not null && rendered != own;
            var meter = name.Template is null ? namesAnother ? null : meters.Only(gateway, day, withoutAddress: _meters.Count > 1)
                : rendered is null ? null : meters.Find(gateway, rendered, day);
            if (meter is not null) return meter;
        }
        return null;
    }

    void Unknown(ReadOnlySpan<char> key)
    {
        // Of what is no meter's, every key is unknown: that says nothing.
        if (_rule.ShowsStrangers && _rule.Key is not null && MeterNamed(out _) is null) return;
        if (_rule.Reads(key)) return;
        DialectMetrics.LeftUnmapped(reader.Dialect);
        var shown = Shown.Text(key);
        reader.Remark("key " + shown, $"Not stored: {shown} is neither mapped nor ignored in its dialect.");
    }

    bool IsOfMeter()
    {
        if (!_knowsMeter) FindMeter();
        return _meter is not null;
    }

    void Refuse(string code, string detail)
    {
        _isKnown = true;
        reader.Found.Refuse(
            Math.Max(0, _index), code, string.Create(CultureInfo.InvariantCulture, $"item {Math.Max(0, _index)}: {detail}"));
    }
}
