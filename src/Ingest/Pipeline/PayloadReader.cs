using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Decodes the native format: an item <c>{"meter":…,"ts":…,"values":{…}}</c>, an array of items,
/// <c>{"readings":[…]}</c>, or one item a line (NDJSON). Total: whatever the bytes are, it answers and never throws.
/// What is wrong is refused by itself, with its place; only a JSON document that is not JSON is refused whole, since
/// where it went wrong is not known.
/// </summary>
public static class PayloadReader
{
    [ThreadStatic]
    static JsonItems? _items;

    public static DecodedPayload Read(ReadOnlyMemory<byte> payload, string format, ReadingContext context)
    {
        var fault = FaultOfBytes(payload.Span);
        if (fault is not null) return FoundReadings.Unreadable(fault, payload, format, context);
        return PayloadFormats.Of(format) switch
        {
            PayloadFormats.Json => ReadDocument(payload, format, context),
            PayloadFormats.NdJson => ReadLines(payload, format, context),
            _ => FoundReadings.Unreadable(
                $"The format {Shown.Text(format)} is not decoded here.", payload, format, context),
        };
    }

    static DecodedPayload ReadDocument(ReadOnlyMemory<byte> payload, string format, ReadingContext context)
    {
        var items = ItemsOf(context);
        try
        {
            items.ReadDocument(payload.Span);
            return items.Found.Readable(payload, format, context);
        }
        catch (JsonException exception)
        {
            return FoundReadings.Unreadable($"Not JSON: {exception.Message}", payload, format, context);
        }
    }

    static DecodedPayload ReadLines(ReadOnlyMemory<byte> payload, string format, ReadingContext context)
    {
        var items = ItemsOf(context);
        var found = items.Found;
        var isReadable = false;
        string? firstFault = null;
        var place = new ItemPlace(Index: 0, LineStart: 0, Line: 1);
        var rest = payload.Span;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            var isBlank = line.Trim(" \t\r"u8).IsEmpty;
            if (!isBlank)
            {
                var fault = ReadLine(items, line, place);
                isReadable |= fault is null;
                firstFault ??= fault;
            }
            rest = end < 0 ? [] : rest[(end + 1)..];
            place = new ItemPlace(
                isBlank ? place.Index : place.Index + 1, place.LineStart + line.Length + 1, place.Line + 1);
        }
        return isReadable ? found.Readable(payload, format, context)
            : FoundReadings.Unreadable(firstFault ?? "There is nothing in it.", payload, format, context);
    }

    // A line that is not JSON is refused; what was taken from it before that showed is taken back.
    static string? ReadLine(JsonItems items, ReadOnlySpan<byte> line, ItemPlace place)
    {
        var before = items.Found.Mark();
        try
        {
            items.ReadLine(line, place);
            return null;
        }
        catch (JsonException exception)
        {
            items.Found.Return(before);
            var detail = $"{place}: not JSON: {exception.Message}";
            items.Found.Refuse(place.Index, RefusalCodes.Malformed, detail);
            return detail;
        }
    }

    static JsonItems ItemsOf(ReadingContext context)
    {
        var items = _items ??= new JsonItems();
        items.Begin(context);
        return items;
    }

    // RFC 8259 section 8.1: UTF-8, and no byte order mark.
    static string? FaultOfBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Trim(" \t\r\n"u8).IsEmpty) return "There is nothing in it.";
        if (bytes.StartsWith("\uFEFF"u8)) return "It begins with a byte order mark (EF BB BF): send UTF-8 without one.";
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) return "It is UTF-16: send UTF-8.";
        return Utf8.IsValid(bytes) ? null : $"Not UTF-8 at byte {FirstBadByte(bytes)}.";
    }

    static int FirstBadByte(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var used) == OperationStatus.Done) at += used;
        return at;
    }
}
