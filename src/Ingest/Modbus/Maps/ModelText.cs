using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>
/// The text of a model file, once it is known to be one that can be loaded: YAML is read into a tree by recursion, and a tree deep enough
/// ends the process, which nothing can catch. A model has no use for either depth, length or references, so their limits are far from any.
/// </summary>
static class ModelText
{
    /// <summary>The longest of the shipped ones has 10,000.</summary>
    public const int MaxCharacters = 1_000_000;

    /// <summary>A model has five: the model, its list of SunSpec models, one of them, its points, one of these; and a list in that.</summary>
    public const int MaxDepth = 20;

    /// <returns>The text; empty where <paramref name="refusal"/> says why it is none of a model.</returns>
    /// <exception cref="YamlException">where it is no YAML.</exception>
    public static string Read(TextReader reader, out ModelFault? refusal)
    {
        var (read, piece) = (new StringBuilder(), new char[4096]);
        for (int length; read.Length <= MaxCharacters && (length = reader.Read(piece)) > 0;) read.Append(piece, 0, length);
        var text = read.ToString();
        refusal = text.Length > MaxCharacters
            ? new ModelFault("", 1, "", $"is longer than {MaxCharacters} characters: this is no meter model") : Deep(text);
        return refusal is null ? text : "";
    }

    // The parser itself keeps a stack of its own and does not recurse.
    static ModelFault? Deep(string text)
    {
        var (events, depth) = (new Parser(new StringReader(text)), 0);
        while (events.MoveNext())
        {
            depth += events.Current!.NestingIncrease;
            if (depth > MaxDepth) return Fault(events.Current, $"is nested more than {MaxDepth} deep: this is no meter model");
            if (events.Current is AnchorAlias) return Fault(events.Current, "references (*) are not taken in meter models");
        }
        return null;
    }

    static ModelFault Fault(ParsingEvent at, string reason) => new("", (int)at.Start.Line, "", reason);
}
