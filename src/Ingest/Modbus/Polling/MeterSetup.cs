using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// The registers that a meter must hold before its values mean what the model says: looked at when it is first met and when it comes
/// back from the dead, written only where it holds something else, and read back. A meter that does not take them is not written to
/// again until then: its permanent memory wears.
/// </summary>
sealed class MeterSetup(RegisterMap model, ModbusEndpoint endpoint, ILogger log)
{
    public bool IsDue { get; private set; } = model.Setup.Count > 0;

    /// <summary>Another meter may be there now.</summary>
    public void Again() => IsDue = model.Setup.Count > 0;

    /// <returns>What the meter did not take, in words; null where it holds all.</returns>
    /// <exception cref="ModbusLinkException">when it does not answer; it is due still.</exception>
    public async ValueTask<string?> RunAsync(MeterTarget meter, IModbusTransport transport, CancellationToken stop)
    {
        string? fault = null;
        foreach (var setup in model.Setup) fault ??= await SetAsync(setup, meter, transport, stop);
        IsDue = false;
        if (fault is not null) log.SetupRefused(endpoint, meter.Code, fault);
        return fault;
    }

    async ValueTask<string?> SetAsync(SetupWrite setup, MeterTarget meter, IModbusTransport transport, CancellationToken stop)
    {
        var (held, refusal) = await HoldsAsync(setup, meter, transport, stop);
        if (held || refusal is not null) return refusal;
        ModbusMetrics.SetupWrites.Add(1);
        var answer = await transport.AskAsync(setup.For(meter.Address), model.Timing, stop);
        if (Refusal(setup, meter, answer) is { } refused) return refused;
        log.SetupWritten(endpoint, meter.Code, Words(setup));
        (held, refusal) = await HoldsAsync(setup, meter, transport, stop);
        return held ? null : refusal ?? $"{setup.ReadBack(meter.Address).Place}, set-up of {Words(setup)}: it took the values and does not hold them";
    }

    async ValueTask<(bool Held, string? Refusal)> HoldsAsync(
        SetupWrite setup, MeterTarget meter, IModbusTransport transport, CancellationToken stop)
    {
        var answer = await transport.AskAsync(setup.ReadBack(meter.Address), model.Timing, stop);
        var refusal = Refusal(setup, meter, answer);
        return (refusal is null && setup.IsHeldBy(answer.Data.Span), refusal);
    }

    // A gateway that answers in the meter's place: the meter was not reached.
    static string? Refusal(SetupWrite setup, MeterTarget meter, ModbusAnswer answer)
    {
        if (answer.Exception == ModbusExceptionCode.None) return null;
        var words = $"{setup.ReadBack(meter.Address).Place}, set-up of {Words(setup)}: {answer.Exception.InWords()}";
        return answer.Exception.MeansSilence() ? throw new ModbusLinkException(LinkFault.TimedOut, words) : words;
    }

    static string Words(SetupWrite setup) => new ReadBlock(setup.Table, setup.Address, (ushort)setup.Values.Count, []).ToString();
}
