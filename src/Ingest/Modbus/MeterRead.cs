using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Modbus.SunSpec;

namespace EnergyWatch.Ingest.Modbus;

/// <summary>A meter as it was just read.</summary>
/// <param name="Points">Every point of the model, in the order of the model; none where the meter does not tell where they are.</param>
/// <param name="Identity">Who the meter says it is; null where the model does not ask.</param>
/// <param name="Fault">Why nothing could be read, in words; null where at least one point was answered.</param>
public sealed record MeterReadout(IReadOnlyList<RegisterReading> Points, string? Identity, string? Fault);

/// <summary>Reads one meter now, for the person who connects it. Nothing is stored, nothing is written.</summary>
public static class MeterRead
{
    // A meter that is silent to this many questions in a row is not asked the rest.
    const int Patience = 2;

    // DL/T 645-2007 table A.5: the six bytes of the address a meter answers to.
    const uint AddressItem = 0x04000401;
    const int AddressBytes = 6;

    /// <summary>Asks for every point of the model.</summary>
    public static async Task<MeterReadout> RunAsync(
        RegisterMap model, ModbusEndpoint endpoint, ulong meter, TimeProvider clock, CancellationToken stop)
    {
        await using var transport = LineTransport.Over(endpoint, TimeSpan.FromSeconds(3), clock);
        return await RunAsync(model, transport, meter, stop);
    }

    internal static async Task<MeterReadout> RunAsync(RegisterMap model, IModbusTransport transport, ulong meter, CancellationToken stop)
    {
        if (model.SunSpec is null)
        {
            var readout = await PointsAsync(model, transport, meter, null, stop);
            return readout.Fault is null && MeterAddress.IsAny(model.Protocol, meter)
                ? readout with { Identity = await AddressAsync(model, transport, meter, stop) } : readout;
        }
        try
        {
            var (found, refusal) = await SunSpecContact.FindAsync(model, transport, meter, stop);
            return found is null ? new([], null, refusal) : await PointsAsync(found.Map, transport, meter, $"{found.Chain}", stop);
        }
        catch (ModbusLinkException fault)
        {
            return new([], null, fault.Message);
        }
    }

    // Asked for when any meter was to answer. The other protocols keep their address in no data item.
    static async Task<string?> AddressAsync(RegisterMap model, IModbusTransport transport, ulong meter, CancellationToken stop)
    {
        if (model.Protocol != MeterProtocol.Dlt645Of2007) return null;
        var request = new MeterRequest(meter, MeterFunction.DataItem, AddressItem, AddressBytes) { Protocol = model.Protocol };
        var (answer, fault, _) = await AskAsync(transport, request, model.Timing, stop);
        return fault is null ? $"It answers as {MeterAddress.Shown(model.Protocol, MeterAddress.Read(answer.Data.Span))}." : null;
    }

    static async Task<MeterReadout> PointsAsync(
        RegisterMap model, IModbusTransport transport, ulong meter, string? identity, CancellationToken stop)
    {
        var found = new Dictionary<Quantity, RegisterReading>();
        var left = model.Points.ToHashSet<RegisterPoint>(ReferenceEqualityComparer.Instance);
        var plan = ReadPlan.For(model);
        var (silences, answers, given) = (0, 0, (string?)null);
        while ((plan = plan.Of(left)).Blocks is [var block, ..])
        {
            var (answer, fault, link) = given is null ? await AskAsync(transport, block.For(meter), model.Timing, stop) : (default, given, null);
            (silences, answers) = link is null && given is null ? (0, answers + 1) : (silences + 1, answers);
            if (link is LinkFault.Unreachable or LinkFault.NotAsked || silences == Patience) given = fault;
            if (answer.Exception is ModbusExceptionCode.IllegalDataAddress or ModbusExceptionCode.IllegalDataValue)
            {
                plan = plan.WithoutRefused(block, answer.Exception);
                foreach (var point in plan.Unreadable.Where(left.Remove))
                    found[point.Quantity] = RegisterReading.Missing(point, answer.Exception.InWords(point.Protocol));
                continue;
            }
            foreach (var point in block.Points.Where(left.Remove))
                found[point.Quantity] = fault is null ? RegisterReading.Of(point, block, answer) : RegisterReading.Missing(point, fault);
        }
        IReadOnlyList<RegisterReading> points = [.. model.Points.Select(point => found[point.Quantity])];
        if (points.Any(point => point.At is not null)) return new(points, identity, null);
        return new(points, identity, answers > 0 ? $"it answers, but not with what {model.Id} has: {points[0].Fault}" : points[0].Fault);
    }

    static async Task<(ModbusAnswer Answer, string? Fault, LinkFault? Link)> AskAsync(
        IModbusTransport transport, MeterRequest request, ModbusTiming timing, CancellationToken stop)
    {
        try
        {
            var answer = await transport.AskAsync(request, timing, stop);
            return (answer, answer.Exception == ModbusExceptionCode.None ? null : answer.Exception.InWords(request.Protocol), null);
        }
        catch (ModbusLinkException fault)
        {
            return (default, fault.Message, fault.Fault);
        }
    }
}
