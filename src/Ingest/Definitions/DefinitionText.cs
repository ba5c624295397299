using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace EnergyWatch.Ingest.Definitions;

/// <summary>
/// The text of a definition file (a meter model, a dialect), once it is known to be one that can be loaded: YAML is read
/// into a tree by recursion, and a tree deep enough ends the process, which nothing can catch. A definition has no use
/// for either depth, length or references, so their limits are far from any.
/// </summary>
static class DefinitionText
{
    /// <summary>The longest of the shipped ones has 20,000.</summary>
    public const int MaxCharacters = 1_000_000;

    /// <summary>A meter model has six: the model, its list of SunSpec models, one of them, its points, one of these; and
    /// a list in that.</summary>
    public const int MaxDepth = 20;

    /// <summary>The keys and values of the file, or null with at least one fault added.</summary>
    /// <param name="what">What the file should define, in words.</param>
    public static DefinitionNode? Root(string file, TextReader text, string what, List<DefinitionFault> faults)
    {
        var stream = new YamlStream();
        try
        {
            var yaml = Read(text, what, out var refusal);
            if (refusal is not null)
            {
                faults.Add(refusal with { File = file });
                return null;
            }
            stream.Load(new StringReader(yaml));
        }
        catch (Exception fault)
        {
            // The parser also throws what it did not mean to; whatever a file holds, it must not harm its neighbours.
            var line = fault is YamlException { Start.Line: var at } ? (int)at : 1;
            faults.Add(new DefinitionFault(file, line, "", $"is not readable YAML: {fault.Message}"));
            return null;
        }
        if (stream.Documents is [{ RootNode: YamlMappingNode root }]) return new DefinitionNode(root, file, "", faults);
        faults.Add(new DefinitionFault(file, 1, "", $"must hold one {what} as keys and values"));
        return null;
    }

    /// <summary>Whether a file of a folder of definitions is one, by its name.</summary>
    public static bool IsDefinition(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is ".yaml" or ".yml" or ".json";

    static string Read(TextReader reader, string what, out DefinitionFault? refusal)
    {
        var (read, piece) = (new StringBuilder(), new char[4096]);
        for (int length; read.Length <= MaxCharacters && (length = reader.Read(piece)) > 0;) read.Append(piece, 0, length);
        var text = read.ToString();
        refusal = text.Length > MaxCharacters
            ? new DefinitionFault("", 1, "", $"is longer than {MaxCharacters} characters: this is no {what}")
            : Deep(text, what);
        return refusal is null ? text : "";
    }

    // The parser itself keeps a stack of its own and does not recurse.
    static DefinitionFault? Deep(string text, string what)
    {
        var (events, depth) = (new Parser(new StringReader(text)), 0);
        while (events.MoveNext())
        {
            depth += events.Current!.NestingIncrease;
            if (depth > MaxDepth) return Fault(events.Current, $"is nested more than {MaxDepth} deep: this is no {what}");
            if (events.Current is AnchorAlias) return Fault(events.Current, $"references (*) are not taken in a {what}");
        }
        return null;
    }

    static DefinitionFault Fault(ParsingEvent at, string reason) => new("", (int)at.Start.Line, "", reason);
}
