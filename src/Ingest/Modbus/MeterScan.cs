using System.Runtime.CompilerServices;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Modbus.SunSpec;

namespace EnergyWatch.Ingest.Modbus;

/// <summary>What a scan found at one unit.</summary>
/// <param name="Answers">It gave an answer, be it an exception.</param>
/// <param name="Models">Models whose probe matches; empty where none does.</param>
/// <param name="Identity">Who the meter says it is; null where it does not say.</param>
/// <param name="Detail">What it answered, or why there was no answer, in words.</param>
public sealed record ScanResult(byte Unit, bool Answers, IReadOnlyList<string> Models, string? Identity, string Detail);

/// <summary>Finds the units that answer behind an endpoint, who they say they are, and the models they may be.</summary>
public static class MeterScan
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(1);

    static readonly ModbusTiming Timing = ModbusTiming.Default with { ReadsMore = true };
    static readonly MeterRequest First = new(0, MeterFunction.HoldingRegisters, 0, 1);

    /// <summary>
    /// Asks one unit after the other and tells each as soon as it is known. A silent unit takes one <paramref name="timeout"/>, two where
    /// answers carry no id: a bus is left quiet for as long, so that nothing late is taken for an answer of the next unit.
    /// One that answers is asked a dozen questions more, each of which it may be silent to as long.
    /// </summary>
    /// <exception cref="ModbusLinkException">when the endpoint itself cannot be reached.</exception>
    public static async IAsyncEnumerable<ScanResult> RunAsync(
        ModbusEndpoint endpoint, IEnumerable<byte> units, RegisterMaps maps, TimeSpan timeout, TimeProvider clock,
        [EnumeratorCancellation] CancellationToken stop)
    {
        await using var transport = LineTransport.Over(endpoint, TimeSpan.FromSeconds(3), clock);
        foreach (var unit in units) yield return await RunAsync(transport, unit, maps, timeout, stop);
    }

    internal static Task<ScanResult> RunAsync(
        IModbusTransport transport, byte unit, RegisterMaps maps, TimeSpan timeout, CancellationToken stop) =>
        new UnitScan(transport, unit, timeout).RunAsync(maps, stop);

    /// <summary>One unit. What it is silent to, or answers wrongly, it is not; only an endpoint that is gone ends the scan.</summary>
    sealed class UnitScan(IModbusTransport transport, byte unit, TimeSpan timeout)
    {
        readonly List<string> _models = [];
        string? _identity;

        public async Task<ScanResult> RunAsync(RegisterMaps maps, CancellationToken stop)
        {
            string detail;
            try
            {
                var answer = await transport.AskAsync(First with { Meter = unit }, Timing with { ResponseTimeout = timeout }, stop);
                if (answer.Exception.MeansSilence()) return new(unit, false, [], null, answer.Exception.InWords());
                detail = answer.Exception == ModbusExceptionCode.None ? "answers" : $"answers with {answer.Exception.InWords()}";
            }
            catch (ModbusLinkException fault) when (fault.Fault is not (LinkFault.Unreachable or LinkFault.NotAsked))
            {
                return new(unit, false, [], null, fault.Message);
            }
            await TryAsync(() => IdentifyAsync(stop));
            foreach (var map in maps.All.Where(map => map.Protocol == MeterProtocol.Modbus))
                await TryAsync(() => ProbeAsync(map, stop));
            await TryAsync(() => SunSpecAsync(maps, stop));
            return new(unit, true, _models, _identity, detail);
        }

        async Task IdentifyAsync(CancellationToken stop)
        {
            if (await DeviceIdentification.ReadAsync(transport, unit, Timing with { ResponseTimeout = timeout }, stop) is not { } who) return;
            string?[] parts = [who.Vendor, who.ProductName ?? who.Product, who.ModelName, who.Revision];
            var words = string.Join(' ', parts.Where(part => !string.IsNullOrEmpty(part)));
            if (words.Length > 0) _identity = words;
        }

        async Task ProbeAsync(RegisterMap map, CancellationToken stop)
        {
            if (map.Probe is not { } probe) return;
            var request = new MeterRequest(unit, probe.Function, probe.Address, (ushort)probe.Format.Words);
            var answer = await transport.AskAsync(request, map.Timing with { ResponseTimeout = timeout, ReadsMore = true }, stop);
            if (answer.Exception != ModbusExceptionCode.None) return;
            var value = probe.Format.Number(probe.Format.Raw(answer.Data.Span)) * probe.Scale;
            if (value >= probe.Min && value <= probe.Max) _models.Add(map.Id);
        }

        // Most of those that have both say more here.
        async Task SunSpecAsync(RegisterMaps maps, CancellationToken stop)
        {
            if (await SunSpecScan.FindAsync(transport, unit, maps, timeout, stop) is not { } found) return;
            _models.AddRange(found.Models);
            _identity = found.Detail;
        }

        static async Task TryAsync(Func<Task> ask)
        {
            try
            {
                await ask();
            }
            catch (ModbusLinkException fault) when (fault.Fault != LinkFault.Unreachable)
            {
                // A unit that does not answer this is not that model; the next question tells whether it is still there.
            }
        }
    }
}
