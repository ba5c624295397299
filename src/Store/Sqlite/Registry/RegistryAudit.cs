using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Store.Sqlite.Registry;

/// <summary>
/// What the audit says of a changed fact: the row before and after as JSON. Of secrets it tells only that they changed.
/// </summary>
static class RegistryAudit
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // People read it: Chinese names stay as they are. It is never put into a page unescaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new InstantText() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WithoutPlace } },
    };

    public static AuditEntry Entry(RegistryChange change, Instant at, string actor) => new(
        0, at, actor, "registry.set", change.Subject, change.Before is { } before ? Text(before) : null,
        Text(change.After));

    static string Text(object row) => JsonSerializer.Serialize(Masked(row), Json);

    static object Masked(object row) => row switch
    {
        GatewayRow gateway => gateway with { SecretHash = Mask(gateway.SecretHash) },
        AddressRow address => address with { Address = address.Address with { Secret = Mask(address.Address.Secret) } },
        _ => row,
    };

    static string? Mask(string? secret) =>
        secret is null
            ? null
            : "hidden:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)))[..8];

    static void WithoutPlace(JsonTypeInfo type)
    {
        for (var i = type.Properties.Count - 1; i >= 0; i--)
            if (type.Properties[i].PropertyType == typeof(RowPlace)) type.Properties.RemoveAt(i);
    }

    sealed class InstantText : JsonConverter<Instant>
    {
        public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Instant.From(reader.GetDateTimeOffset());

        public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
