using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Json;

/// <summary>Instants as RFC 3339 in UTC, in both directions.</summary>
sealed class InstantJson : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTimeOffset.TryParse(reader.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? Instant.From(moment)
            : throw new JsonException("A time must be RFC 3339, for example 2026-03-17T14:45:00+08:00.");

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
