using System.Globalization;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Makes quarantine items of one batch. Bounded, since one item is kept for each refusal: 64 KiB of payload an item and
/// 1 MiB a batch. What is cut or left out is said in the detail. A reading that came without bytes (a poll), or in too
/// many of them, is kept as an item of the native format, so that it alone can be replayed. What a format says beside its
/// name (a topic, for example) is the sender's too, and counts as the payload does.
/// </summary>
sealed class QuarantinedPayload(IngestBatch batch)
{
    public const int MostBytes = 64 * 1024;
    public const int MostBytesOfBatch = 1024 * 1024;

    readonly int _name = batch.Format.IndexOf(';') is >= 0 and var end ? end : batch.Format.Length;
    int _left = MostBytesOfBatch;

    int Said => batch.Format.Length - _name;

    int Weight => batch.Payload.Length + Said;

    public QuarantineItem Item(Refusal refusal)
    {
        if (Weight > _left && batch.Payload.Length <= MostBytes)
        {
            var elsewhere = refusal.Detail + " (the payload is kept with the first refusals of this batch)";
            return Item(refusal, elsewhere, FormatFor(0), default);
        }
        if (batch.Payload.Length <= MostBytes) return Item(refusal, refusal.Detail, batch.Format, batch.Payload);
        var kept = Math.Min(MostBytes, _left);
        var detail = $"{refusal.Detail} (payload cut to {kept} of {batch.Payload.Length} bytes)";
        return Item(refusal, detail, FormatFor(kept), batch.Payload[..kept]);
    }

    public QuarantineItem Item(Refusal refusal, in Reading reading, string meterCode) =>
        batch.Payload.Length is > 0 and <= MostBytes && Weight <= _left
            ? Item(refusal, refusal.Detail, batch.Format, batch.Payload)
            : Item(refusal, refusal.Detail, PayloadFormats.Json, Render(reading, meterCode));

    QuarantineItem Item(Refusal refusal, string detail, string format, ReadOnlyMemory<byte> payload)
    {
        _left -= payload.Length + (ReferenceEquals(format, batch.Format) ? Said : 0);
        return new QuarantineItem(0, batch.ArrivedAt, batch.Source, refusal.Code, detail, format, payload);
    }

    // Without room for all of it, its name alone.
    string FormatFor(int payload) => payload + Said <= _left ? batch.Format : batch.Format[.._name];

    static byte[] Render(in Reading reading, string meterCode)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("meter"u8, meterCode);
            json.WriteNumber("ts"u8, reading.At.UnixMilliseconds);
            json.WriteStartObject("values"u8);
            var name = Enum.IsDefined(reading.Series.Quantity)
                ? reading.Series.Quantity.Key() : $"quantity {(int)reading.Series.Quantity}";
            if (double.IsFinite(reading.Value)) json.WriteNumber(name, reading.Value);
            else json.WriteString(name, reading.Value.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return text.ToArray();
    }
}
