using System.Text.Json;
using EnergyWatch.Ingest.Mqtt.Dialects.Replies;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>What a message is.</summary>
enum MessageUse
{
    Readings,
    /// <summary>It says whether the gateway is there.</summary>
    State,
    /// <summary>It says that what a meter shows cannot be relied on.</summary>
    Error,
    /// <summary>It is known and nothing is stored of it; it may be answered.</summary>
    Ignore,
}

/// <summary>What the bytes of a message are.</summary>
enum PayloadKind { Json, Text }

/// <summary>A field that must have one of these values for a message to be meant; <c>any</c> is any but null.</summary>
sealed record FieldMatch(FieldPath Field, IReadOnlyList<string> Values)
{
    public const string Any = "any";

    public bool Holds(MessageScope scope) =>
        Values is [Any] ? scope.Has(Field) : scope.Text(Field) is { } text && Values.Contains(text);
}

/// <summary>Where some of a message's items stand, and how their meters are named.</summary>
/// <param name="Has">A field by which its items are known; null where all that stands there are.</param>
sealed record ItemPart(ItemPath Path, IReadOnlyList<MeterName> Meters, FieldPath? Has)
{
    public bool Means(JsonElement item) => Has is null
        || (item.ValueKind == JsonValueKind.Object && Has.TryFind(item, out var found) && found.ValueKind != JsonValueKind.Null);
}

/// <summary>How a meter is named: by text made of captures and fields, or as the only one on the gateway.</summary>
/// <param name="Template">Null is the only meter.</param>
sealed record MeterName(TextTemplate? Template);

/// <summary>One kind of message of a dialect, as its file says.</summary>
sealed record MessageRule
{
    public required IReadOnlyList<TopicPattern> Topics { get; init; }
    public required int Line { get; init; }
    public MessageUse Use { get; init; }
    public PayloadKind Payload { get; init; }
    public IReadOnlyList<FieldMatch> Match { get; init; } = [];

    /// <summary>Where its items stand; all of these are looked at.</summary>
    public IReadOnlyList<ItemPart> Parts { get; init; } = [];

    /// <summary>Nothing of an item is stored while one of these holds: what it shows is old.</summary>
    public IReadOnlyList<FieldMatch> Unless { get; init; } = [];
    public TimeRule Time { get; init; } = TimeRule.None;
    public IReadOnlyList<MeterName> Meters { get; init; } = [];

    /// <summary>A name that is no meter's is shown and no refusal: a gateway that says more than we asked for.</summary>
    public bool ShowsStrangers { get; init; }

    /// <summary>Of an item that is one value, its key; null where the item's fields are the keys.</summary>
    public TextTemplate? Key { get; init; }

    /// <summary>Where the value stands in an item with a key, or in each field of one without.</summary>
    public FieldPath? Value { get; init; }

    /// <summary>Where the unit stands; null where the keys say it.</summary>
    public TextTemplate? Unit { get; init; }
    public KeyMap Keys { get; init; } = KeyMap.Empty;

    /// <summary>What an error message marks, and what makes its payload say so; of readings, the marks that forbid
    /// them.</summary>
    public IReadOnlyList<TextTemplate> Marks { get; init; } = [];
    public IReadOnlyList<string> BadWhile { get; init; } = [];

    /// <summary>What a state message says when the gateway is there, and when it is not.</summary>
    public IReadOnlyList<string> Online { get; init; } = [];
    public IReadOnlyList<string> Offline { get; init; } = [];
    public FieldPath? StateAt { get; init; }

    /// <summary>What the gateway wants to hear once the message is durable.</summary>
    public ReplyRules Replies { get; init; } = ReplyRules.None;

    /// <summary>True for a field that says something of the values, and is none.</summary>
    public bool Reads(ReadOnlySpan<char> field)
    {
        foreach (var at in Time.Fields)
            if (field.SequenceEqual(at.Text)) return true;
        foreach (var meter in Meters)
            if (meter.Template?.SoleName is { } name && field.SequenceEqual(name.Text)) return true;
        return Unit?.SoleName is { } unit && field.SequenceEqual(unit.Text);
    }

    public bool NeedsJson => Payload == PayloadKind.Json && (Use == MessageUse.Readings || Match.Count > 0
        || StateAt is not null);

    public bool Means(MessageScope scope) => Match.All(match => match.Holds(scope));
}
