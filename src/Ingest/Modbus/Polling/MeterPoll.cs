using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>One poll of one meter, block after block: what it brought, and what went wrong. What was read before a fault is kept.</summary>
sealed class MeterPoll(PolledMeter meter, IModbusTransport transport)
{
    readonly List<Reading> _readings = new(meter.Target.Model.Points.Count);
    readonly List<RegisterPoint> _refused = [];
    bool _mayRepeat = meter.Health.State == ContactState.Answering;

    public IReadOnlyList<Reading> Readings => _readings;

    /// <summary>Points that the meter turned out not to have.</summary>
    public IReadOnlyList<RegisterPoint> Refused => _refused;

    /// <summary>When the last request was sent that the meter itself answered; null where it answered none.</summary>
    public Instant? AnsweredAt { get; private set; }

    /// <summary>When the last request was sent that the gateway or the meter answered.</summary>
    public Instant? GatewayAnsweredAt { get; private set; }

    /// <summary>The last thing that went wrong, in words.</summary>
    public string? Fault { get; private set; }

    /// <summary>Why the poll ended early; null where every block was answered.</summary>
    public LinkFault? LinkFault { get; private set; }

    public async ValueTask RunAsync(CancellationToken stop)
    {
        meter.BeginPoll();
        var asked = new HashSet<ReadBlock>(ReferenceEqualityComparer.Instance);
        while (LinkFault is null && NextOf(asked) is { } block)
        {
            asked.Add(block);
            try
            {
                var answer = await AskAsync(block, stop);
                Take(block, answer);
            }
            catch (ModbusLinkException fault)
            {
                (LinkFault, Fault) = (fault.Fault, fault.Message);
            }
        }
    }

    // A refusal may change the plan: it is looked at anew each time.
    ReadBlock? NextOf(HashSet<ReadBlock> asked)
    {
        foreach (var block in meter.Plan.Blocks)
            if (!asked.Contains(block)) return block;
        return null;
    }

    // A meter that answered last time is asked once more before it counts as silent: one lost frame is not a missing quarter of an hour.
    async ValueTask<ModbusAnswer> AskAsync(ReadBlock block, CancellationToken stop)
    {
        var (request, timing) = (block.For(meter.Target.Address), meter.Target.Model.Timing);
        if (!_mayRepeat) return await transport.AskAsync(request, timing, stop);
        try
        {
            return await transport.AskAsync(request, timing, stop);
        }
        catch (ModbusLinkException fault) when (fault.Fault != Lines.LinkFault.Unreachable)
        {
            _mayRepeat = false;
            return await transport.AskAsync(request, timing, stop);
        }
    }

    void Take(ReadBlock block, ModbusAnswer answer)
    {
        GatewayAnsweredAt = answer.SentAt;
        if (answer.Exception == ModbusExceptionCode.None)
        {
            meter.Confirmed();
            AnsweredAt = answer.SentAt;
            foreach (var point in block.Points)
                if (RegisterDecoder.TryDecode(point, block.Registers(point, answer.Data.Span), out var value))
                    _readings.Add(new(new(meter.Target.Id, point.Quantity), answer.SentAt, value));
            return;
        }
        Fault = $"unit {meter.Target.Address}, {Place(block)}: {answer.Exception.InWords()}";
        if (answer.Exception.MeansSilence())
        {
            LinkFault = Lines.LinkFault.TimedOut;
            return;
        }
        AnsweredAt = answer.SentAt;
        if (answer.Exception == ModbusExceptionCode.IllegalDataAddress && meter.Refused(block)) _refused.AddRange(block.Points);
    }

    static string Place(ReadBlock block) =>
        $"{(block.Function == MeterFunction.InputRegisters ? "input" : "holding")} registers {block.Address} to {block.Address + block.Count - 1}";
}
