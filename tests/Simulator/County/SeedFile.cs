using System.Globalization;
using System.Text;

namespace EnergyWatch.Simulator.County;

/// <summary>One CSV file of the registry: UTF-8 without mark, RFC 4180, lines that end in LF so that every checkout has the same bytes.</summary>
sealed class SeedFile(string name, string header)
{
    readonly StringBuilder _text = new StringBuilder(header).Append('\n');

    public string Name { get; } = name;

    public void Row(params object?[] cells) => _text.AppendJoin(',', cells.Select(Cell)).Append('\n');

    public byte[] Bytes() => Encoding.UTF8.GetBytes(_text.ToString());

    static string Cell(object? value)
    {
        var text = value switch
        {
            null => "",
            DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
