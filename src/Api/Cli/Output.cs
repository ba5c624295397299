using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EnergyWatch.Api.Cli;

/// <summary>Prints what a command found: for people, or as JSON with <c>--json</c>.</summary>
static class Output
{
    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>A value as files and JSON name it: <c>bench_tested</c>.</summary>
    public static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName($"{value}");

    public static void Print<T>(ParseResult parsed, T data, Func<string> forPeople) =>
        Console.WriteLine(parsed.GetValue(CommandLine.Json) ? JsonSerializer.Serialize(data, Options) : forPeople());
}
