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
    static (Decoding Work, JsonItems Items) _kept;

    public static DecodedPayload Read(ReadOnlyMemory<byte> payload, string format, in ReadingContext context) =>
        Read(payload, format, context, new FoundReadings());

    /// <summary>The same into what its caller keeps: the batch is lent, and means something else after the next
    /// payload.</summary>
    internal static DecodedPayload Read(
        ReadOnlyMemory<byte> payload, string format, in ReadingContext context, FoundReadings found)
    {
        if (ReferenceEquals(format, PayloadFormats.Json) && TryReadPlainly(payload.Span, context, found))
            return found.Readable(payload, format, context);
        return ReadWithCare(payload, format, context, found);
    }

    /// <summary>Looks for faults in what may have some.</summary>
    internal static DecodedPayload ReadWithCare(
        ReadOnlyMemory<byte> payload, string format, in ReadingContext context, FoundReadings found)
    {
        found.Clear();
        var fault = FaultOfBytes(payload.Span);
        if (fault is not null) return found.Unreadable(fault, payload, format, context);
        return PayloadFormats.Of(format) switch
        {
            PayloadFormats.Json => ReadDocument(payload, format, context, found),
            PayloadFormats.NdJson => ReadLines(payload, format, context, found),
            _ => found.Unreadable($"The format {Shown.Text(format)} is not decoded here.", payload, format, context),
        };
    }

    /// <summary>False, and nothing found, where it is not the plain case.</summary>
    internal static bool TryReadPlainly(ReadOnlySpan<byte> payload, in ReadingContext context, FoundReadings found)
    {
        var (work, _) = Kept(context, found);
        if (new PlainItems(payload, work).TryRead()) return true;
        found.Clear();
        return false;
    }

    static DecodedPayload ReadDocument(
        ReadOnlyMemory<byte> payload, string format, in ReadingContext context, FoundReadings found)
    {
        try
        {
            Kept(context, found).Items.ReadDocument(payload.Span);
            return found.Readable(payload, format, context);
        }
        catch (JsonException exception)
        {
            return found.Unreadable($"Not JSON: {exception.Message}", payload, format, context);
        }
    }

    static DecodedPayload ReadLines(
        ReadOnlyMemory<byte> payload, string format, in ReadingContext context, FoundReadings found)
    {
        var items = Kept(context, found).Items;
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
                var fault = ReadLine(items, found, line, place);
                isReadable |= fault is null;
                firstFault ??= fault;
            }
            rest = end < 0 ? [] : rest[(end + 1)..];
            place = new ItemPlace(
                isBlank ? place.Index : place.Index + 1, place.LineStart + line.Length + 1, place.Line + 1);
        }
        return isReadable ? found.Readable(payload, format, context)
            : found.Unreadable(firstFault ?? "There is nothing in it.", payload, format, context);
    }

    // A line that is not JSON is refused; what was taken from it before that showed is taken back.
    static string? ReadLine(
        JsonItems items, FoundReadings found, ReadOnlySpan<byte> line, ItemPlace place)
    {
        var before = found.Mark();
        try
        {
            items.ReadLine(line, place);
            return null;
        }
        catch (JsonException exception)
        {
            found.Return(before);
            var detail = $"{place}: not JSON: {exception.Message}";
            found.Refuse(place.Index, RefusalCodes.Malformed, detail);
            return detail;
        }
    }

    static (Decoding Work, JsonItems Items) Kept(in ReadingContext context, FoundReadings found)
    {
        if (_kept.Work is null)
        {
            var work = new Decoding();
            _kept = (work, new JsonItems(work));
        }
        _kept.Work!.Begin(context, found);
        return _kept;
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
