using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Push;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Push;

/// <summary>The cases under tests/Vectors/csv and the registry they speak of (its README).</summary>
static class CsvCases
{
    public static RegistrySnapshot Registry { get; } = Some.Registry(
        meters: [Some.Meter(1, "M-1"), Some.Meter(2, "M-2"), Some.Meter(4, "表-4"), Some.Meter(5, "C,\"5\"")]);

    public static IEnumerable<JsonElement> Of(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests", "Vectors", "csv", file)));
        foreach (var item in document.RootElement.EnumerateArray()) yield return item.Clone();
    }

    public static byte[] Bytes(JsonElement item)
    {
        if (item.TryGetProperty("base64", out var base64)) return base64.GetBytesFromBase64();
        var end = item.TryGetProperty("eol", out var eol) ? eol.GetString()! : "\n";
        return Encoding.UTF8.GetBytes(string.Concat(
            item.GetProperty("csv").EnumerateArray().Select(line => line.GetString() + end)));
    }

    public static CsvImportRequest Request(JsonElement item)
    {
        var key = item.TryGetProperty("quantity", out var given) ? given.GetString() : null;
        Quantity? quantity = Quantities.TryParse(key, out var known) ? known : null;
        var id = item.TryGetProperty("zone", out var named) ? named.GetString() : null;
        var zone = id is null ? null : TimeZoneInfo.FindSystemTimeZoneById(id);
        return new CsvImportRequest("case.csv", quantity, zone);
    }
}
