using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.SunSpec;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// Finds the registers of a meter whose model brings no addresses: when it is first met, when it comes back from the dead, and when what
/// it answers is no longer where it was.
/// </summary>
sealed class MeterDiscovery(RegisterMap model, ModbusEndpoint endpoint, ILogger log)
{
    string? _told;

    /// <summary>Whether its model has to be found at all.</summary>
    public bool IsUsed => model.SunSpec is not null;

    public bool IsDue { get; private set; } = model.SunSpec is not null;

    /// <summary>Its registers may be elsewhere now.</summary>
    public void Again() => IsDue = IsUsed;

    /// <returns>The model with every point in its place; or why it could not be found, in words. The meter has answered then.</returns>
    /// <exception cref="ModbusLinkException">when it does not answer; it is due still.</exception>
    public async ValueTask<(RegisterMap? Map, string? Fault)> RunAsync(MeterTarget meter, IModbusTransport transport, CancellationToken stop)
    {
        IsDue = true;
        var (found, refusal) = await SunSpecContact.FindAsync(model, transport, meter.Address, stop);
        if (found is null) return (null, $"unit {meter.Address}: {refusal}");
        IsDue = false;
        var words = found.Chain.ToString();
        if (words != _told) log.SunSpecFound(endpoint, meter.Code, words);
        _told = words;
        return (found.Map, null);
    }
}
