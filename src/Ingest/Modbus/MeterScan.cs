using System.Runtime.CompilerServices;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus;

/// <summary>What a scan found at one unit.</summary>
/// <param name="Answers">It gave an answer, be it an exception.</param>
/// <param name="Models">Models whose probe matches; empty where none does.</param>
/// <param name="Detail">What it answered, or why there was no answer, in words.</param>
public sealed record ScanResult(byte Unit, bool Answers, IReadOnlyList<string> Models, string Detail);

/// <summary>Finds the units that answer behind an endpoint, and the models they may be.</summary>
public static class MeterScan
{
    static readonly MeterRequest First = new(0, MeterFunction.HoldingRegisters, 0, 1);

    /// <summary>Asks one unit after the other and tells each as soon as it is known.</summary>
    /// <exception cref="ModbusLinkException">when the endpoint itself cannot be reached.</exception>
    public static async IAsyncEnumerable<ScanResult> RunAsync(
        ModbusEndpoint endpoint, IEnumerable<byte> units, RegisterMaps maps, TimeProvider clock,
        [EnumeratorCancellation] CancellationToken stop)
    {
        await using var transport = LineTransport.Over(endpoint, TimeSpan.FromSeconds(3), clock);
        foreach (var unit in units) yield return await ScanAsync(transport, unit, maps, stop);
    }

    static async Task<ScanResult> ScanAsync(IModbusTransport transport, byte unit, RegisterMaps maps, CancellationToken stop)
    {
        string detail;
        try
        {
            var answer = await transport.AskAsync(First with { Meter = unit }, ModbusTiming.Default, stop);
            if (answer.Exception.MeansSilence()) return new(unit, false, [], answer.Exception.InWords());
            detail = answer.Exception == ModbusExceptionCode.None ? "answers" : $"answers with {answer.Exception.InWords()}";
        }
        catch (ModbusLinkException fault) when (fault.Fault != LinkFault.Unreachable)
        {
            return new(unit, false, [], fault.Message);
        }
        var models = new List<string>();
        foreach (var map in maps.All)
            if (map.Probe is { } probe && await MatchesAsync(transport, unit, probe, map.Timing, stop)) models.Add(map.Id);
        return new(unit, true, models, detail);
    }

    static async Task<bool> MatchesAsync(
        IModbusTransport transport, byte unit, RegisterProbe probe, ModbusTiming timing, CancellationToken stop)
    {
        try
        {
            var request = new MeterRequest(unit, probe.Function, probe.Address, (ushort)probe.Format.Words);
            var answer = await transport.AskAsync(request, timing, stop);
            if (answer.Exception != ModbusExceptionCode.None) return false;
            var value = probe.Format.Number(probe.Format.Raw(answer.Data.Span)) * probe.Scale;
            return value >= probe.Min && value <= probe.Max;
        }
        catch (ModbusLinkException fault) when (fault.Fault != LinkFault.Unreachable)
        {
            // A unit that does not answer this probe is not that model; the next probe tells whether it is still there.
            return false;
        }
    }
}
