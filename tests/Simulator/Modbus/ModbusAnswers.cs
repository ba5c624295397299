using System.Buffers.Binary;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Metering;

namespace EnergyWatch.Simulator.Modbus;

/// <summary>What the meters behind one Modbus gateway answer. Pure but for the clock.</summary>
sealed class ModbusAnswers(IReadOnlyDictionary<byte, ModbusUnit> units, TimeProvider clock)
{
    const byte IllegalFunction = 1, IllegalAddress = 2, IllegalValue = 3, NoAnswerBehindGateway = 0x0B;

    /// <summary>Unit and PDU of a request in, unit and PDU of the answer out; returns its length.</summary>
    /// <remarks>
    /// Request:  unit · function 3 or 4 · first address (2) · count (2), MODBUS Application Protocol V1.1b3 §6.3 and §6.4.
    /// Answer:   unit · function · byte count · registers, or unit · function + 0x80 · exception code (§7).
    /// </remarks>
    public int Answer(ReadOnlySpan<byte> request, Span<byte> answer)
    {
        var function = request[1];
        answer[0] = request[0];
        answer[1] = function;
        if (function is not (3 or 4)) return Refuse(answer, IllegalFunction);
        if (request.Length != 6) return Refuse(answer, IllegalValue);
        var address = BinaryPrimitives.ReadUInt16BigEndian(request[2..]);
        var count = BinaryPrimitives.ReadUInt16BigEndian(request[4..]);
        if (count is 0 or > 125) return Refuse(answer, IllegalValue);

        var at = clock.Now();
        if (!units.TryGetValue(request[0], out var unit) || unit.Instrument.SilentAt(at)) return Refuse(answer, NoAnswerBehindGateway);
        if (!unit.Model.Has(function == 4, address, count)) return Refuse(answer, IllegalAddress);
        answer[2] = (byte)(2 * count);
        Fill(unit, function == 4, address, at, answer.Slice(3, 2 * count));
        return 3 + 2 * count;
    }

    /// <summary>It is the gateway that answers, for a unit that does not.</summary>
    public static bool IsOfGateway(ReadOnlySpan<byte> answer) => (answer[1] & 0x80) != 0 && answer[2] == NoAnswerBehindGateway;

    static void Fill(ModbusUnit unit, bool input, int first, Instant at, Span<byte> registers)
    {
        registers.Clear();
        Span<Quantity> quantity = stackalloc Quantity[unit.Model.Points.Count];
        Span<double> values = stackalloc double[quantity.Length];
        for (var i = 0; i < quantity.Length; i++) quantity[i] = unit.Model.Points[i].Quantity;
        unit.Instrument.Read(quantity, at, values);
        Span<byte> encoded = stackalloc byte[8];
        for (var i = 0; i < values.Length; i++)
        {
            var point = unit.Model.Points[i];
            if (point.Input != input) continue;
            if (double.IsNaN(values[i])) encoded.Fill(0xFF);
            else point.Encode(values[i] / (IsBehindTransformer(point.Quantity) ? unit.Instrument.Plan.Wiring.Multiplier : 1), encoded);
            for (var word = 0; word < point.Words; word++)
            {
                var place = 2 * (point.Address + word - first);
                if (place >= 0 && place < registers.Length) encoded.Slice(2 * word, 2).CopyTo(registers[place..]);
            }
        }
    }

    // Counters are behind it already, see Register. What the meter sees of voltage, these low-voltage circuits have as it is.
    static bool IsBehindTransformer(Quantity quantity) => quantity is Quantity.Power or Quantity.CurrentL1 or Quantity.CurrentL2 or Quantity.CurrentL3;

    static int Refuse(Span<byte> answer, byte code)
    {
        answer[1] |= 0x80;
        answer[2] = code;
        return 3;
    }
}

/// <summary>A meter under its unit number, behind a gateway.</summary>
sealed record ModbusUnit(Instrument Instrument, MeterModel Model);
