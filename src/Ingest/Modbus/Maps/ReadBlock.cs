using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>One read and the points whose registers it brings.</summary>
/// <param name="Count">Registers or bits; of a data item the bytes of its data.</param>
public sealed record ReadBlock(MeterFunction Function, uint Address, ushort Count, IReadOnlyList<RegisterPoint> Points)
{
    static ReadOnlySpan<byte> Off => [0, 0];
    static ReadOnlySpan<byte> On => [0, 1];

    bool ReadsBits => Function is MeterFunction.Coils or MeterFunction.DiscreteInputs;

    public MeterRequest For(ulong meter) => new(meter, Function, Address, Count) { Protocol = Points[0].Protocol };

    /// <summary>The registers of one of its points, out of the answer, from its first to its last; of a bit, a register that holds 0 or 1. Of
    /// a data item all its data.</summary>
    public ReadOnlySpan<byte> Registers(RegisterPoint point, ReadOnlySpan<byte> answer)
    {
        if (Function == MeterFunction.DataItem) return answer;
        var at = (int)(point.First - Address);
        if (ReadsBits) return RegisterDecoder.Bit(answer, at) == 0 ? Off : On;
        return answer.Slice(2 * at, 2 * (int)(point.End - point.First));
    }

    public override string ToString() => (Function, Count) switch
    {
        (MeterFunction.DataItem, _) => $"data item {DataItems.Shown(Points[0].Protocol, Address)}",
        (MeterFunction.Coils, 1) => $"coil {Address}",
        (MeterFunction.Coils, _) => $"coils {Address} to {Address + Count - 1}",
        (MeterFunction.DiscreteInputs, 1) => $"discrete input {Address}",
        (MeterFunction.DiscreteInputs, _) => $"discrete inputs {Address} to {Address + Count - 1}",
        (MeterFunction.InputRegisters, 1) => $"input register {Address}",
        (MeterFunction.InputRegisters, _) => $"input registers {Address} to {Address + Count - 1}",
        (_, 1) => $"holding register {Address}",
        _ => $"holding registers {Address} to {Address + Count - 1}",
    };
}
