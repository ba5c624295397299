using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary>The fenced shell blocks of a README, in order, each with the heading it stands under.</summary>
static class ReadmeBlocks
{
    public sealed record Block(string Heading, string Commands);

    public static IReadOnlyList<Block> Of(string file)
    {
        var (blocks, heading, open) = (new List<Block>(), "", (List<string>?)null);
        foreach (var line in File.ReadLines(Repository.PathOf(file)))
        {
            if (open is not null && line == "```")
            {
                blocks.Add(new Block(heading, string.Join('\n', open)));
                open = null;
            }
            else if (open is not null) open.Add(line);
            else if (line == "```sh") open = [];
            else if (line.StartsWith("## ", StringComparison.Ordinal)) heading = line[3..];
        }
        return blocks;
    }

    /// <summary>The commands without what is said beside them.</summary>
    public static string WithoutComments(string commands) => string.Join('\n', commands.Split('\n').Select(line =>
        line.IndexOf(" # ", StringComparison.Ordinal) is >= 0 and var at ? line[..at].TrimEnd() : line));
}
