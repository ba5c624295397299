using System.Text;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// A topic with names for some of its parts: <c>tele/{gateway}/SENSOR</c>, <c>{gateway}/status/em:{n}</c>, and
/// <c>stat/{gateway}/#</c> for all below. A level holds one capture at most, of one character or more; <c>{_}</c> is any
/// level that nobody asks for. Compared as bytes.
/// </summary>
sealed class TopicPattern
{
    public const string GatewayName = "gateway";
    const string Any = "_";
    const int MostLevels = 32;

    readonly string _text;
    readonly Level[] _levels;
    readonly bool _hasRest;

    TopicPattern(string text, Level[] levels, bool hasRest)
    {
        (_text, _levels, _hasRest) = (text, levels, hasRest);
        Names = [.. levels.Select(level => level.Name).OfType<string>().Where(name => name != Any)];
        GatewayLevel = Array.FindIndex(levels, level => level.Name == GatewayName);
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The level that names the gateway; -1 where none does.</summary>
    public int GatewayLevel { get; }

    /// <summary>The pattern, or what is wrong with it.</summary>
    public static TopicPattern? Parse(string text, out string fault)
    {
        fault = "";
        var parts = text.Split('/');
        var hasRest = parts[^1] == "#";
        if (hasRest) parts = parts[..^1];
        if (parts.Length is 0 or > MostLevels) fault = $"must have from 1 to {MostLevels} levels";
        if (parts.Any(part => part.AsSpan().IndexOfAny("+#\0") >= 0)) fault = "wildcards are {_} for a level and # at the end";
        var levels = parts.Select(Level.Parse).ToArray();
        if (levels.Contains(null)) fault = "a level holds one {name} of small letters at most";
        var names = levels.Select(level => level?.Name).Where(name => name is not null and not Any).ToList();
        if (names.Distinct().Count() < names.Count) fault = "holds one name twice";
        return fault.Length == 0 ? new TopicPattern(text, levels!, hasRest) : null;
    }

    /// <summary>Whether the topic is one of these, and where its levels' captures stand.</summary>
    public bool Matches(ReadOnlySpan<byte> topic, Span<Range> captures)
    {
        var start = 0;
        for (var i = 0; i < _levels.Length; i++)
        {
            if (start > topic.Length) return false;
            var length = topic[start..].IndexOf((byte)'/');
            var end = length < 0 ? topic.Length : start + length;
            if (!_levels[i].Matches(topic[start..end], out var first, out var last)) return false;
            captures[i] = (start + first)..(start + last);
            start = end + 1;
        }
        return start > topic.Length || _hasRest;
    }

    /// <summary>Room for the captures of any pattern.</summary>
    public static int Room => MostLevels;

    /// <summary>Which capture has this name; -1 where none has.</summary>
    public int LevelOf(string name) => name == Any ? -1 : Array.FindIndex(_levels, level => level.Name == name);

    /// <summary>The filter that means this topic for this gateway; null where its name could be taken for a
    /// pattern (CVE-2017-7650).</summary>
    public string? FilterFor(Gateway gateway)
    {
        if (GatewayLevel >= 0 && !IsLiteral(gateway.Username)) return null;
        var levels = _levels.Select(level => level.Name == GatewayName
            ? level.Prefix + gateway.Username + level.Suffix
            : level.Name is null ? level.Prefix : "+");
        return string.Join('/', _hasRest ? levels.Append("#") : levels);
    }

    public override string ToString() => _text;

    static bool IsLiteral(string name) => name.Length > 0 && name.AsSpan().IndexOfAny("+#/$\0") < 0;

    sealed record Level(string Prefix, string? Name, string Suffix)
    {
        readonly byte[] _prefix = Encoding.UTF8.GetBytes(Prefix);
        readonly byte[] _suffix = Encoding.UTF8.GetBytes(Suffix);

        public static Level? Parse(string text)
        {
            var open = text.IndexOf('{', StringComparison.Ordinal);
            if (open < 0) return text.Contains('}', StringComparison.Ordinal) ? null : new Level(text, null, "");
            var close = text.IndexOf('}', open);
            if (close < open + 2) return null;
            var (name, suffix) = (text[(open + 1)..close], text[(close + 1)..]);
            return name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
                && suffix.AsSpan().IndexOfAny('{', '}') < 0 ? new Level(text[..open], name, suffix) : null;
        }

        public bool Matches(ReadOnlySpan<byte> level, out int first, out int last)
        {
            (first, last) = (_prefix.Length, level.Length - _suffix.Length);
            if (Name is null) return level.SequenceEqual(_prefix);
            return last > first && level.StartsWith(_prefix) && level.EndsWith(_suffix);
        }
    }
}
