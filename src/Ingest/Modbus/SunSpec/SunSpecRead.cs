using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Ingest.Modbus.SunSpec;

/// <summary>What a unit says of itself, and its points as they were just read.</summary>
/// <param name="Found">Null where it could not be read by the model; <paramref name="Fault"/> then says why.</param>
public sealed record SunSpecReading(SunSpecFound? Found, string? Fault, IReadOnlyList<RegisterReading> Points);

/// <summary>Reads a meter whose registers have to be found first, for the person who connects it. Nothing is stored.</summary>
public static class SunSpecRead
{
    public static async Task<SunSpecReading> RunAsync(
        RegisterMap model, ModbusEndpoint endpoint, byte unit, TimeProvider clock, CancellationToken stop)
    {
        await using var transport = LineTransport.Over(endpoint, TimeSpan.FromSeconds(3), clock);
        return await RunAsync(model, transport, unit, stop);
    }

    internal static async Task<SunSpecReading> RunAsync(RegisterMap model, IModbusTransport transport, byte unit, CancellationToken stop)
    {
        try
        {
            var (found, refusal) = await SunSpecContact.FindAsync(model, transport, unit, stop);
            return found is null
                ? new(null, refusal, [])
                : new(found, null, await MeterRead.RunAsync(found.Map, transport, unit, stop));
        }
        catch (ModbusLinkException fault)
        {
            return new(null, fault.Message, []);
        }
    }
}
