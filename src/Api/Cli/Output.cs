using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EnergyWatch.Api.Cli;

/// <summary>Prints what a command found: for people, or as JSON with <c>--json</c>.</summary>
static class Output
{
    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Print<T>(ParseResult parsed, T data, Func<string> forPeople) =>
        Console.WriteLine(parsed.GetValue(CommandLine.Json) ? JsonSerializer.Serialize(data, Options) : forPeople());
}
