using System.Collections.Frozen;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>All meter models that loaded, and what is wrong with those that did not.</summary>
public sealed class RegisterMaps
{
    readonly FrozenDictionary<string, RegisterMap> _byId;

    RegisterMaps(IEnumerable<RegisterMap> maps, IReadOnlyList<ModelFault> faults)
    {
        All = [.. maps.OrderBy(map => map.Id, StringComparer.Ordinal)];
        Faults = faults;
        _byId = All.ToFrozenDictionary(map => map.Id);
    }

    public IReadOnlyList<RegisterMap> All { get; }

    /// <summary>Why files did not load; each names its file and place.</summary>
    public IReadOnlyList<ModelFault> Faults { get; }

    public RegisterMap? Find(string? id) => id is null ? null : _byId.GetValueOrDefault(id);

    /// <summary>
    /// Every <c>*.yaml</c> of these folders; a model in a later folder replaces one of the same id in an earlier one. A bad file harms
    /// no other. A folder that does not exist is a fault.
    /// </summary>
    public static RegisterMaps Load(IEnumerable<string> folders)
    {
        var maps = new Dictionary<string, RegisterMap>();
        var faults = new List<ModelFault>();
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder))
            {
                faults.Add(new ModelFault(folder, 0, "", "this folder of meter models does not exist"));
                continue;
            }
            foreach (var map in LoadFolder(folder, faults)) maps[map.Id] = map;
        }
        return new RegisterMaps(maps.Values, [.. faults.Distinct()]);
    }

    /// <summary>Runs the self-tests of every model that loaded.</summary>
    public IReadOnlyList<SelfTestResult> SelfTest() => [.. All.SelectMany(ModelSelfTests.Run)];

    static IEnumerable<RegisterMap> LoadFolder(string folder, List<ModelFault> faults)
    {
        var seen = new Dictionary<string, string>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal))
        {
            if (LoadFile(path, faults) is not { } map) continue;
            if (seen.TryAdd(map.Id, path)) yield return map;
            else faults.Add(new ModelFault(path, 1, "id", $"'{map.Id}' is already defined in {seen[map.Id]}"));
        }
    }

    static RegisterMap? LoadFile(string path, List<ModelFault> faults)
    {
        try
        {
            using var text = new StreamReader(path);
            return RegisterMapFile.Read(path, text, faults);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add(new ModelFault(path, 0, "", $"cannot be read: {fault.Message}"));
            return null;
        }
    }
}
