using System.Collections.Frozen;
using EnergyWatch.Ingest.Definitions;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>A model that is not used, because <paramref name="By"/> has the same id.</summary>
public sealed record ReplacedModel(string Id, string File, string By)
{
    public override string ToString() => $"{Id}: {By} takes the place of {File}";
}

/// <summary>All meter models that loaded, and what is wrong with those that did not.</summary>
public sealed class RegisterMaps
{
    readonly FrozenDictionary<string, RegisterMap> _byId;

    RegisterMaps(IEnumerable<RegisterMap> maps, IReadOnlyList<DefinitionFault> faults, IReadOnlyList<ReplacedModel> replaced)
    {
        All = [.. maps.OrderBy(map => map.Id, StringComparer.Ordinal)];
        (Faults, Replaced) = (faults, replaced);
        _byId = All.ToFrozenDictionary(map => map.Id);
    }

    public IReadOnlyList<RegisterMap> All { get; }

    /// <summary>Why files did not load; each names its file and place.</summary>
    public IReadOnlyList<DefinitionFault> Faults { get; }

    /// <summary>Models that another of the same id, from a later folder, took the place of: the user's own instead of a shipped one.</summary>
    public IReadOnlyList<ReplacedModel> Replaced { get; }

    public RegisterMap? Find(string? id) => id is null ? null : _byId.GetValueOrDefault(id);

    /// <summary>
    /// Every <c>*.yaml</c>, <c>*.yml</c> and <c>*.json</c> of these folders (JSON is YAML); a model in a later folder replaces one of the same
    /// id in an earlier one. A bad file harms no other. A folder that does not exist is a fault.
    /// </summary>
    public static RegisterMaps Load(IEnumerable<string> folders)
    {
        var maps = new Dictionary<string, RegisterMap>();
        var faults = new List<DefinitionFault>();
        var replaced = new List<ReplacedModel>();
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder))
            {
                faults.Add(new DefinitionFault(folder, 0, "", "this folder of meter models does not exist"));
                continue;
            }
            foreach (var map in LoadFolder(folder, faults))
            {
                if (maps.TryGetValue(map.Id, out var shipped)) replaced.Add(new(map.Id, shipped.File, map.File));
                maps[map.Id] = map;
            }
        }
        return new RegisterMaps(maps.Values, [.. faults.Distinct()], replaced);
    }

    /// <summary>The self-tests of every model that loaded, all of which it passed.</summary>
    public IReadOnlyList<SelfTestResult> SelfTests() => [.. All.SelectMany(ModelSelfTests.Passed)];

    static IEnumerable<RegisterMap> LoadFolder(string folder, List<DefinitionFault> faults)
    {
        var seen = new Dictionary<string, string>();
        foreach (var path in Directory.EnumerateFiles(folder).Where(DefinitionText.IsDefinition).Order(StringComparer.Ordinal))
        {
            if (LoadFile(path, faults) is not { } map) continue;
            if (seen.TryAdd(map.Id, path)) yield return map;
            else faults.Add(new DefinitionFault(path, 1, "id", $"'{map.Id}' is already defined in {seen[map.Id]}"));
        }
    }

    static RegisterMap? LoadFile(string path, List<DefinitionFault> faults)
    {
        try
        {
            using var text = new StreamReader(path);
            return RegisterMapFile.Read(path, text, faults);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add(new DefinitionFault(path, 0, "", $"cannot be read: {fault.Message}"));
            return null;
        }
    }
}
