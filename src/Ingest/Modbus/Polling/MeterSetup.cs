using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// The registers that a meter must hold before its values mean what the model says: looked at when it is first met, after each silence
/// and, while it does not hold them, in every poll; written only where it holds something else, and read back. A meter that does not take
/// them is not written to again until it was dead: its permanent memory wears.
/// </summary>
sealed class MeterSetup(RegisterMap model, ModbusEndpoint endpoint, ILogger log)
{
    // What was written and is not held, and why in words.
    readonly Dictionary<SetupWrite, string> _inVain = new(ReferenceEqualityComparer.Instance);
    string? _told;

    /// <summary>It is not known to hold all; until it is, none of its points may be read.</summary>
    public bool IsDue { get; private set; } = model.Setup.Count > 0;

    /// <summary>The meter asked for patience when it was last looked at.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>It was silent, and may have lost what it held.</summary>
    public void Again() => IsDue = model.Setup.Count > 0;

    /// <summary>Another meter may be there now.</summary>
    public void ForgetMeter()
    {
        Again();
        _inVain.Clear();
        _told = null;
    }

    /// <returns>What the meter does not hold, in words; null where it holds all.</returns>
    /// <exception cref="ModbusLinkException">when it does not answer.</exception>
    public async ValueTask<string?> RunAsync(MeterTarget meter, IModbusTransport transport, CancellationToken stop)
    {
        (IsDue, IsBusy) = (true, false);
        string? fault = null;
        foreach (var setup in model.Setup) fault ??= await SetAsync(setup, meter, transport, stop);
        IsDue = fault is not null;
        if (fault is not null && !IsBusy && fault != _told) log.SetupRefused(endpoint, meter.Code, fault);
        if (!IsBusy) _told = fault;
        return fault;
    }

    async ValueTask<string?> SetAsync(SetupWrite setup, MeterTarget meter, IModbusTransport transport, CancellationToken stop)
    {
        var (held, refusal) = await HoldsAsync(setup, meter, transport, stop);
        if (held || refusal is not null) return refusal;
        if (_inVain.TryGetValue(setup, out var why)) return why;
        ModbusMetrics.SetupWrites.Add(1);
        var answer = await transport.AskAsync(setup.For(meter.Address), model.Timing, stop);
        refusal = Refusal(setup, meter, answer);
        // A busy one wrote nothing; one that acknowledges will have.
        if (answer.Exception == ModbusExceptionCode.ServerDeviceBusy) return refusal;
        _inVain[setup] = refusal ?? $"{Place(setup, meter)}: it took the values and does not hold them";
        if (refusal is not null) return refusal;
        log.SetupWritten(endpoint, meter.Code, Words(setup));
        (held, refusal) = await HoldsAsync(setup, meter, transport, stop);
        return held ? null : refusal ?? _inVain[setup];
    }

    async ValueTask<(bool Held, string? Refusal)> HoldsAsync(
        SetupWrite setup, MeterTarget meter, IModbusTransport transport, CancellationToken stop)
    {
        var answer = await transport.AskAsync(setup.ReadBack(meter.Address), model.Timing, stop);
        if (Refusal(setup, meter, answer) is { } refusal) return (false, refusal);
        var held = setup.IsHeldBy(answer.Data.Span);
        if (held) _inVain.Remove(setup);
        return (held, null);
    }

    // A gateway that answers in the meter's place: the meter was not reached.
    string? Refusal(SetupWrite setup, MeterTarget meter, ModbusAnswer answer)
    {
        if (answer.Exception == ModbusExceptionCode.None) return null;
        var words = $"{Place(setup, meter)}: {answer.Exception.InWords()}";
        if (answer.Exception.MeansSilence()) throw new ModbusLinkException(LinkFault.TimedOut, words);
        IsBusy |= answer.Exception.AsksForPatience();
        return words;
    }

    static string Place(SetupWrite setup, MeterTarget meter) => $"{setup.ReadBack(meter.Address).Place}, set-up of {Words(setup)}";

    static string Words(SetupWrite setup) => new ReadBlock(setup.Table, setup.Address, (ushort)setup.Values.Count, []).ToString();
}
