using System.Buffers;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// Readings whose meter is not known yet, in our own format: when the meter is there, a replay stores them.
/// </summary>
sealed class ReplayableItems
{
    readonly List<(string Meter, Instant At, Quantity Quantity, double Value)> _items = [];

    public void Add(string meter, Instant at, Quantity quantity, double value)
    {
        if (double.IsFinite(value)) _items.Add((meter, at, quantity, value));
    }

    public ReadOnlyMemory<byte> ToJson()
    {
        if (_items.Count == 0) return default;
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            foreach (var (meter, at, quantity, value) in _items)
            {
                json.WriteStartObject();
                json.WriteString("meter"u8, meter);
                json.WriteNumber("ts"u8, at.UnixMilliseconds);
                json.WriteStartObject("values"u8);
                json.WriteNumber(quantity.Key(), value);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return text.WrittenMemory;
    }
}
