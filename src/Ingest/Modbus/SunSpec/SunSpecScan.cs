using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Ingest.Modbus.SunSpec;

/// <summary>Whether a unit speaks SunSpec, and as what it can be read.</summary>
static class SunSpecScan
{
    /// <returns>What the unit says of itself, or why its chain cannot be relied on, and the models that read it; null where it has no marker.</returns>
    /// <exception cref="ModbusLinkException">when it is silent.</exception>
    public static async ValueTask<(string Detail, IReadOnlyList<string> Models)?> FindAsync(
        IModbusTransport transport, byte unit, RegisterMaps maps, TimeSpan timeout, CancellationToken stop)
    {
        var candidates = maps.All.Where(map => map.SunSpec is not null).ToList();
        if (candidates.Count == 0) return null;
        var bases = candidates.SelectMany(map => map.SunSpec!.Bases).Distinct().ToList();
        var finding = await new SunSpecWalk(transport, unit, candidates[0].Timing with { ResponseTimeout = timeout, ReadsMore = true }).RunAsync(bases, stop);
        if (finding.Chain is not { } chain) return finding.HasMarker ? (finding.Refusal!, []) : null;
        var ids = chain.Models.Select(model => model.Id).ToHashSet();
        return (chain.ToString(), [.. candidates.Where(map => map.SunSpec!.Reads(ids)).Select(map => map.Id)]);
    }
}
