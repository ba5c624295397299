using System.Globalization;
using System.Text;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>
/// A byte-exact exchange with the listener, read from tests/Vectors/mqtt/conversations. One line is one step:
/// <c>A&gt; bytes</c> client A sends (it connects with its first step), <c>A&lt; bytes</c> it hears exactly these,
/// <c>A!</c> its connection is closed by us and nothing more was said, <c>A x</c> it closes without a word,
/// <c>+5</c> five seconds pass. Bytes are hex; 'text' as it is, "text" with its length before it, and [ … ] the remaining
/// length and what is in the brackets.
/// </summary>
sealed record Conversation(string File, string Name, IReadOnlyList<string> Steps)
{
    public static IReadOnlyList<Conversation> All { get; } =
        [.. Directory.GetFiles(Repository.PathOf("tests", "Vectors", "mqtt", "conversations"), "*.txt")
            .Order(StringComparer.Ordinal).SelectMany(Read)];

    public override string ToString() => $"{File}: {Name}";

    public static byte[] Bytes(string text)
    {
        var open = new Stack<List<byte>>();
        var bytes = new List<byte>();
        foreach (var token in Tokens(text))
        {
            if (token == "[")
            {
                open.Push(bytes);
                bytes = [];
            }
            else if (token == "]")
            {
                var body = bytes;
                bytes = open.Pop();
                var length = body.Count;
                for (; length > 0x7F; length >>= 7) bytes.Add((byte)(length | 0x80));
                bytes.Add((byte)length);
                bytes.AddRange(body);
            }
            else if (token[0] is '\'' or '"')
            {
                var said = Encoding.UTF8.GetBytes(token[1..^1]);
                if (token[0] == '"') bytes.AddRange([(byte)(said.Length >> 8), (byte)said.Length]);
                bytes.AddRange(said);
            }
            else bytes.AddRange(Convert.FromHexString(token));
        }
        return [.. bytes];
    }

    public static TimeSpan Pause(string step) =>
        TimeSpan.FromSeconds(int.Parse(step.AsSpan(1), CultureInfo.InvariantCulture));

    // Tokens are parted by spaces; what stands in quotes may hold some.
    static IEnumerable<string> Tokens(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }
            var end = text[at] is '\'' or '"' ? text.IndexOf(text[at], at + 1) + 1 : text.IndexOf(' ', at);
            if (end <= 0) end = text.Length;
            yield return text[at..end];
            at = end;
        }
    }

    static IEnumerable<Conversation> Read(string path)
    {
        var name = "";
        var steps = new List<string>();
        foreach (var line in System.IO.File.ReadLines(path).Append("= "))
        {
            if (line.StartsWith("= ", StringComparison.Ordinal))
            {
                if (steps.Count > 0) yield return new Conversation(Path.GetFileNameWithoutExtension(path), name, steps);
                (name, steps) = (line[2..], []);
            }
            else if (line.Length > 0 && line[0] != '#') steps.Add(line);
        }
    }
}
