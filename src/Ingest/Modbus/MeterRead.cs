using System.Buffers.Binary;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus;

/// <summary>One register point as it was just read.</summary>
/// <param name="Table"><c>holding</c>, <c>input</c>, <c>coil</c>, <c>discrete</c>; <c>item</c> of a data item.</param>
/// <param name="Words">The raw registers; empty where there was no answer.</param>
/// <param name="Value">The value in <paramref name="Unit"/>, the quantity's canonical one; null where there is none.</param>
/// <param name="Fault">Why there is no value, in words.</param>
public sealed record RegisterReading(
    string Key, string Table, uint Address, IReadOnlyList<ushort> Words, double? Value, string Unit, Instant? At, string? Fault);

/// <summary>Reads one meter now, for the person who connects it. Nothing is stored.</summary>
public static class MeterRead
{
    /// <summary>Every point of the model, in the order of the model.</summary>
    public static async Task<IReadOnlyList<RegisterReading>> RunAsync(
        RegisterMap model, ModbusEndpoint endpoint, byte unit, TimeProvider clock, CancellationToken stop)
    {
        await using var transport = LineTransport.Over(endpoint, TimeSpan.FromSeconds(3), clock);
        return await RunAsync(model, transport, unit, stop);
    }

    internal static async Task<IReadOnlyList<RegisterReading>> RunAsync(
        RegisterMap model, IModbusTransport transport, byte unit, CancellationToken stop)
    {
        var found = new Dictionary<Quantity, RegisterReading>();
        var left = model.Points.ToHashSet<RegisterPoint>(ReferenceEqualityComparer.Instance);
        var plan = ReadPlan.For(model);
        while ((plan = plan.Of(left)).Blocks is [var block, ..])
        {
            var (answer, fault) = await AskAsync(transport, block.For(unit), model.Timing, stop);
            if (answer.Exception is ModbusExceptionCode.IllegalDataAddress or ModbusExceptionCode.IllegalDataValue)
            {
                plan = plan.WithoutRefused(block, answer.Exception);
                foreach (var point in plan.Unreadable.Where(left.Remove)) found[point.Quantity] = Missing(point, answer.Exception.InWords());
                continue;
            }
            foreach (var point in block.Points.Where(left.Remove))
                found[point.Quantity] = fault is null ? Read(point, block, answer) : Missing(point, fault);
        }
        return [.. model.Points.Select(point => found[point.Quantity])];
    }

    static async Task<(ModbusAnswer Answer, string? Fault)> AskAsync(
        IModbusTransport transport, MeterRequest request, ModbusTiming timing, CancellationToken stop)
    {
        try
        {
            var answer = await transport.AskAsync(request, timing, stop);
            return (answer, answer.Exception == ModbusExceptionCode.None ? null : answer.Exception.InWords());
        }
        catch (ModbusLinkException fault)
        {
            return (default, fault.Message);
        }
    }

    static RegisterReading Read(RegisterPoint point, ReadBlock block, ModbusAnswer answer)
    {
        var registers = block.Registers(point, answer.Data.Span);
        var words = new ushort[point.IsItem ? 0 : point.Format.Words];
        for (var i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt16BigEndian(registers[(2 * i)..]);
        var has = RegisterDecoder.TryDecode(point, registers, out var value);
        return Missing(point, has ? null : RegisterDecoder.Fault(point, registers) ?? "the meter says that it has no value") with
        {
            Words = words, Value = has ? value : null, At = answer.SentAt,
        };
    }

    static RegisterReading Missing(RegisterPoint point, string? fault) => new(
        point.Quantity.Key(), Table(point), point.Address, [], null,
        point.Quantity.Unit(), null, fault);

    static string Table(RegisterPoint point) => point.Function switch
    {
        MeterFunction.DataItem => "item",
        MeterFunction.Coils => "coil",
        MeterFunction.DiscreteInputs => "discrete",
        MeterFunction.InputRegisters => "input",
        _ => "holding",
    };
}
