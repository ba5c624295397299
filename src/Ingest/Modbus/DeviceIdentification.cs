using System.Text;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus;

/// <summary>Who a meter says it is (MODBUS V1.1b3 section 6.21): texts by their object ids.</summary>
public sealed record DeviceIdentification(IReadOnlyDictionary<byte, string> Objects)
{
    const byte Basic = 1, Regular = 2;

    public string? Vendor => Text(0);
    public string? Product => Text(1);
    public string? Revision => Text(2);
    public string? VendorUrl => Text(3);
    public string? ProductName => Text(4);
    public string? ModelName => Text(5);
    public string? ApplicationName => Text(6);

    /// <summary>Asks for the basic objects and, where the meter says it has them, the regular ones.</summary>
    /// <returns>Null where the meter refuses the question; most meters do.</returns>
    /// <exception cref="ModbusLinkException">when no trustworthy answer came.</exception>
    public static async Task<DeviceIdentification?> ReadAsync(
        IModbusTransport transport, byte unit, ModbusTiming timing, CancellationToken stop)
    {
        var found = new SortedDictionary<byte, string>();
        if (await ReadAsync(transport, unit, Basic, found, timing, stop) is not { } conformity) return null;
        // A refusal of more than it promised leaves what it told.
        if (conformity >= Regular) await ReadAsync(transport, unit, Regular, found, timing, stop);
        return new(found);
    }

    static async Task<int?> ReadAsync(
        IModbusTransport transport, byte unit, byte code, SortedDictionary<byte, string> found, ModbusTiming timing, CancellationToken stop)
    {
        byte first = 0;
        while (true)
        {
            var answer = await transport.AskAsync(IdentificationPdu.Request(unit, code, first), timing, stop);
            if (answer.Exception.MeansSilence()) throw new ModbusLinkException(LinkFault.TimedOut, $"unit {unit}: {answer.Exception.InWords()}");
            if (answer.Exception != ModbusExceptionCode.None) return null;
            Keep(answer.Data.Span, found);
            if (IdentificationPdu.Next(answer.Data.Span) is not { } next) return IdentificationPdu.Conformity(answer.Data.Span);
            if (next <= first)
                throw new ModbusLinkException(LinkFault.WrongAnswer, $"unit {unit}: its identification goes on with object {next} after object {first}");
            first = next;
        }
    }

    static void Keep(ReadOnlySpan<byte> data, SortedDictionary<byte, string> found)
    {
        for (var place = 0; IdentificationPdu.TryObject(data, ref place, out var one);)
            found[one.Id] = string.Concat(Encoding.UTF8.GetString(one.Value).Where(letter => !char.IsControl(letter))).Trim();
    }

    string? Text(byte id) => Objects.GetValueOrDefault(id);
}
