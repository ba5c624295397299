using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// One pass over JSON tokens. Properties come in any order, so the values of an item wait in a list until its meter and
/// time are known. A syntax error leaves as <see cref="JsonException"/>; <see cref="PayloadReader"/> turns it into a
/// refusal. Takes its time and finds every fault; what has none, <see cref="PlainItems"/> takes faster.
/// </summary>
sealed class JsonItems(Decoding work)
{
    const int LongestName = Decoding.LongestName;

    static readonly JsonReaderOptions Options = new() { MaxDepth = 32, CommentHandling = JsonCommentHandling.Disallow };

    readonly List<(Quantity Quantity, double Value)> _values = [];
    readonly char[] _meter = new char[LongestName];

    FoundReadings Found => work.Found;

    public void ReadDocument(ReadOnlySpan<byte> json)
    {
        _values.Clear();
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray) ReadList(ref reader, "$");
        else ReadItem(ref reader, new ItemPlace(0), mayHoldList: true);
        reader.Read(); // Anything but white space after the document is a JsonException.
    }

    public void ReadLine(ReadOnlySpan<byte> json, ItemPlace place)
    {
        _values.Clear();
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        ReadItem(ref reader, place, mayHoldList: false);
        reader.Read();
    }

    void ReadList(ref Utf8JsonReader reader, string path)
    {
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            ReadItem(ref reader, new ItemPlace(index, Path: path), mayHoldList: false);
    }

    void ReadItem(ref Utf8JsonReader reader, in ItemPlace place, bool mayHoldList)
    {
        var item = new Item
        {
            Place = place, Start = reader.TokenStartIndex, FirstValue = _values.Count, MeterLength = -1,
        };
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            item.Refuse(RefusalCodes.Malformed, "", item.Start, $"an object is expected, not {reader.TokenType}");
            reader.Skip();
        }
        else
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                ReadProperty(ref reader, ref item, mayHoldList);
        }
        Finish(ref item);
        _values.RemoveRange(item.FirstValue, _values.Count - item.FirstValue);
    }

    void ReadProperty(ref Utf8JsonReader reader, ref Item item, bool mayHoldList)
    {
        var field = FieldOf(ref reader, mayHoldList);
        var at = reader.TokenStartIndex;
        reader.Read();
        if ((item.Seen & field) != 0)
        {
            item.Refuse(RefusalCodes.Malformed, $".{field.ToString().ToLowerInvariant()}", at, "it is given twice");
            reader.Skip();
            return;
        }
        item.Seen |= field;
        switch (field)
        {
            case Field.Meter: ReadMeter(ref reader, ref item); break;
            case Field.Ts: ReadTime(ref reader, ref item); break;
            case Field.Values: ReadValues(ref reader, ref item); break;
            case Field.Readings: ReadReadings(ref reader, ref item); break;
        }
        // Inside ReadList and ReadValues the reader came to the end of its list; everything else is stepped over here.
        reader.Skip();
    }

    void ReadReadings(ref Utf8JsonReader reader, ref Item item)
    {
        if (reader.TokenType == JsonTokenType.StartArray) ReadList(ref reader, "$.readings");
        else item.Refuse(RefusalCodes.Malformed, ".readings", reader.TokenStartIndex, "an array is expected");
    }

    static Field FieldOf(ref Utf8JsonReader reader, bool mayHoldList)
    {
        if (reader.ValueIsEscaped) return EscapedFieldOf(ref reader, mayHoldList);
        if (reader.ValueTextEquals("meter"u8)) return Field.Meter;
        if (reader.ValueTextEquals("ts"u8)) return Field.Ts;
        if (reader.ValueTextEquals("values"u8)) return Field.Values;
        return mayHoldList && reader.ValueTextEquals("readings"u8) ? Field.Readings : Field.None;
    }

    // The reader's own comparison throws for half a surrogate pair.
    static Field EscapedFieldOf(ref Utf8JsonReader reader, bool mayHoldList)
    {
        Span<char> name = stackalloc char[LongestName];
        return name[..Math.Max(Text(ref reader, name), 0)] switch
        {
            "meter" => Field.Meter,
            "ts" => Field.Ts,
            "values" => Field.Values,
            "readings" when mayHoldList => Field.Readings,
            _ => Field.None,
        };
    }

    void ReadMeter(ref Utf8JsonReader reader, ref Item item)
    {
        if (reader.TokenType != JsonTokenType.String)
            item.Refuse(RefusalCodes.Malformed, ".meter", reader.TokenStartIndex, "the meter's code is text in quotes");
        else if ((item.MeterLength = Text(ref reader, _meter)) < 0)
            item.Refuse(
                RefusalCodes.UnknownMeter, ".meter", reader.TokenStartIndex,
                $"there is no meter {Shown.Text(reader.ValueSpan)}");
    }

    static void ReadTime(ref Utf8JsonReader reader, ref Item item)
    {
        var fault = reader.TokenType switch
        {
            JsonTokenType.Number when reader.TryGetInt64(out var ms) => SentTime.FromEpoch(ms, out item.At),
            JsonTokenType.Number => "not a whole number of milliseconds",
            JsonTokenType.String when reader.ValueSpan.Length > 0
                && reader.ValueSpan.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 =>
                "digits in quotes: send epoch milliseconds as a number, or RFC 3339",
            JsonTokenType.String => SentTime.FromRfc3339(reader.ValueSpan, out item.At),
            JsonTokenType.Null => "null: leave ts out to have the time of arrival",
            _ => "neither a number nor text",
        };
        if (fault is not null) item.Refuse(RefusalCodes.BadTime, ".ts", reader.TokenStartIndex, fault);
    }

    void ReadValues(ref Utf8JsonReader reader, ref Item item)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            item.Refuse(RefusalCodes.Malformed, ".values", reader.TokenStartIndex, "an object is expected");
            return;
        }
        var (seen, count) = (0UL, 0);
        for (; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; count++)
            ReadValue(ref reader, ref item, ref seen);
        if (count == 0) item.Refuse(RefusalCodes.Empty, ".values", reader.TokenStartIndex, "it holds no value");
    }

    void ReadValue(ref Utf8JsonReader reader, ref Item item, ref ulong seen)
    {
        Span<char> name = stackalloc char[LongestName];
        var at = reader.TokenStartIndex;
        var length = Text(ref reader, name);
        var known = Quantities.TryParse(name[..Math.Max(length, 0)], out var quantity);
        var shown = known ? "" : Shown.Text(reader.ValueSpan);
        reader.Read();
        if (!known)
            Found.Refuse(
                item.Place.Index, RefusalCodes.UnknownQuantity,
                $"{item.Place.At(".values", at)}: there is no quantity {shown}");
        else if ((seen & 1UL << (int)quantity) != 0)
            RefuseBoth(ref item, quantity, at);
        else if (reader.TokenType != JsonTokenType.Number)
            Found.Refuse(
                item.Place.Index, RefusalCodes.NotANumber,
                $"{PlaceOf(item, quantity, at)}: a number is expected, not {reader.TokenType}");
        else if (!reader.TryGetDouble(out var value) || !double.IsFinite(value))
            Found.Refuse(
                item.Place.Index, RefusalCodes.NotANumber, $"{PlaceOf(item, quantity, at)}: the number is too large");
        else
            _values.Add((quantity, value));
        if (known) seen |= 1UL << (int)quantity;
        reader.Skip();
    }

    // Of two values for one quantity at one instant nobody knows which is meant: neither is taken.
    void RefuseBoth(ref Item item, Quantity quantity, long at)
    {
        var first = _values.FindIndex(item.FirstValue, entry => entry.Quantity == quantity);
        if (first >= 0)
        {
            _values.RemoveAt(first);
            Found.Refuse(
                item.Place.Index, RefusalCodes.Malformed,
                $"{PlaceOf(item, quantity, item.Start)}: it is given again further on");
        }
        Found.Refuse(
            item.Place.Index, RefusalCodes.Malformed,
            $"{PlaceOf(item, quantity, at)}: it is given twice, neither is taken");
    }

    void Finish(ref Item item)
    {
        if (item.Seen.HasFlag(Field.Readings) && (item.Seen & ~Field.Readings) != 0)
            item.Refuse(RefusalCodes.Malformed, "", item.Start, "beside readings there is no meter, ts or values");
        else if (!item.Seen.HasFlag(Field.Readings) && !item.Seen.HasFlag(Field.Meter))
            item.Refuse(RefusalCodes.Malformed, "", item.Start, "meter is missing");
        else if (!item.Seen.HasFlag(Field.Readings) && !item.Seen.HasFlag(Field.Values))
            item.Refuse(RefusalCodes.Malformed, "", item.Start, "values is missing");
        if (item.Code is null && !item.Seen.HasFlag(Field.Readings)) Take(ref item);
        if (item.Code is not null) Found.Refuse(item.Place.Index, item.Code, item.Detail!);
    }

    void Take(ref Item item)
    {
        var hasTime = item.Seen.HasFlag(Field.Ts);
        var at = hasTime ? item.At : work.Context.ArrivedAt;
        var name = _meter.AsSpan(0, item.MeterLength);
        if (work.Meters.Find(name, at) is not { } meter)
        {
            RefuseMeter(ref item, name);
            return;
        }
        var doubt = hasTime ? Doubt.None : Doubt.ArrivalTime;
        for (var i = item.FirstValue; i < _values.Count; i++)
        {
            var (quantity, value) = _values[i];
            Found.Add(new Reading(new SeriesKey(meter.Id, quantity), at, value, Doubt: doubt), item.Place.Index);
        }
    }

    void RefuseMeter(ref Item item, ReadOnlySpan<char> name)
    {
        if (!work.Meters.Exists(name))
            item.Refuse(RefusalCodes.UnknownMeter, ".meter", item.Start, $"there is no meter {Shown.Text(name)}");
        else
            item.Refuse(
                RefusalCodes.NotThisGateway, ".meter", item.Start,
                $"{Shown.Text(name)} does not hang on gateway {work.Context.Gateway}");
    }

    static string PlaceOf(in Item item, Quantity quantity, long at) => item.Place.At($".values.{quantity.Key()}", at);

    // Length of the text, or -1 where it is longer than any name we know or holds half of a surrogate pair.
    static int Text(ref Utf8JsonReader reader, scoped Span<char> text)
    {
        if (reader.ValueSpan.Length > text.Length) return -1;
        if (!reader.ValueIsEscaped) return Encoding.UTF8.GetChars(reader.ValueSpan, text);
        try
        {
            return reader.CopyString(text);
        }
        catch (InvalidOperationException)
        {
            return -1;
        }
    }

    [Flags]
    enum Field { None = 0, Meter = 1, Ts = 2, Values = 4, Readings = 8 }

    struct Item
    {
        public ItemPlace Place;
        public long Start;
        public Field Seen;
        public Instant At;
        public int MeterLength;
        public int FirstValue;
        public string? Code;
        public string? Detail;

        /// <summary>Refuses the item as a whole, for the first reason found.</summary>
        public void Refuse(string code, string inner, long position, string reason)
        {
            if (Code is not null) return;
            Code = code;
            Detail = $"{Place.At(inner, position)}: {reason}";
        }
    }
}
