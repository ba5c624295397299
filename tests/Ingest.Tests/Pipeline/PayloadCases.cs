using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Pipeline;

/// <summary>The cases under tests/Vectors/payloads and the registry they speak of (its README).</summary>
static class PayloadCases
{
    public static RegistrySnapshot Registry { get; } = Some.Registry(
        meters:
        [
            Some.Meter(1, "M-1"), Some.Meter(2, "M-2", address: "7"), Some.Meter(3, "M-3", gateway: "GW-02"),
            Some.Meter(4, "表-4"),
            Moved(5, "M-5"), Some.Meter(6, "7", gateway: "GW-02"),
        ],
        gateways: [Some.Gateway("GW-01"), Some.Gateway("GW-02")]);

    public static ReadingContext Context(string? gateway = null) =>
        new(Registry, Some.Calendar, Some.At("2026-03-17T06:52:00Z"), "test:vectors", gateway);

    public static IEnumerable<JsonElement> Of(string file)
    {
        using var document = JsonDocument.Parse(
            File.ReadAllBytes(Repository.PathOf("tests", "Vectors", "payloads", file)));
        foreach (var item in document.RootElement.EnumerateArray()) yield return item.Clone();
    }

    public static byte[] Payload(JsonElement item) => item.TryGetProperty("base64", out var base64)
        ? base64.GetBytesFromBase64() : Encoding.UTF8.GetBytes(item.GetProperty("payload").GetString()!);

    public static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) ? value.GetString() : null;

    static Meter Moved(int id, string code)
    {
        var first = Some.Meter(id, code);
        var facts = first.Facts.Facts[0].Value;
        return first with
        {
            Facts = new Timeline<MeterFacts>(
                [new(Some.Day, facts), new(new DateOnly(2026, 2, 1), facts with { Gateway = "GW-02" })]),
        };
    }
}
