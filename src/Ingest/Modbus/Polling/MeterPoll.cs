using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// One poll of one meter after the other, block by block: what it brought, and what went wrong. What was read is kept whatever comes
/// after it. A block that gets no answer costs itself only, while the meter answers others; the second in a row ends the poll.
/// <para>One of these serves all meters of an endpoint: what it says is of the last poll.</para>
/// </summary>
sealed class MeterPoll(IModbusTransport transport, PollContext context)
{
    const int LostInARow = 2;

    readonly List<Reading> _readings = [];
    readonly List<RegisterPoint> _refused = [];
    readonly List<ReadBlock> _lost = [];
    readonly HashSet<RegisterPoint> _settled = new(ReferenceEqualityComparer.Instance);
    readonly List<ReadBlock> _together = [];
    readonly List<MeterRequest> _requests = [];
    PolledMeter _meter = null!;
    bool _mayRepeat;
    bool _searched;
    int _busyLeft;
    int _lostInARow;

    public List<Reading> Readings => _readings;

    /// <summary>Points that the meter turned out not to have, told once.</summary>
    public IReadOnlyList<RegisterPoint> Refused => _refused;

    /// <summary>When the last request was sent that the meter itself answered; null where it answered none.</summary>
    public Instant? AnsweredAt { get; private set; }

    /// <summary>When the last request was sent that the gateway or the meter answered.</summary>
    public Instant? GatewayAnsweredAt { get; private set; }

    /// <summary>The last thing that went wrong, in words.</summary>
    public string? Fault { get; private set; }

    /// <summary>Why a block had no answer; null where all had one.</summary>
    public LinkFault? LinkFault { get; private set; }

    public async ValueTask RunAsync(PolledMeter meter, CancellationToken stop)
    {
        Begin(meter);
        if (meter.Setup.IsDue) await SetUpAsync(stop);
        // Its values would not mean what the points say.
        if (meter.Setup.IsDue) return;
        if (meter.Discovery.IsDue) await FindAsync(stop);
        if (_mayRepeat && meter.Target.Model.Timing.MaxInFlight > 1 && LinkFault is null) await AskTogetherAsync(stop);
        while (!IsOver && NextBlock() is { } block) await AskAsync(block, stop);
        if (meter.Discovery.IsDue && !_searched && !IsOver)
        {
            // Its registers have moved: they are looked for at once, so that no slot is lost.
            await FindAsync(stop);
            while (!IsOver && NextBlock() is { } block) await AskAsync(block, stop);
        }
        if (AnsweredAt is null) return;
        foreach (var block in _lost)
            if (meter.Plan.Lost(block)) Refuse(block, ModbusExceptionCode.IllegalDataAddress);
        if (meter.Plan.Retries.Count > 0 && !IsOver) await RetryAsync(meter.Plan.Retries, stop);
    }

    // That it is still missing is known and no fault. One that is there again makes all worth asking for as at first.
    async ValueTask RetryAsync(IReadOnlyList<ReadBlock> missing, CancellationToken stop)
    {
        foreach (var block in missing)
        {
            try
            {
                var answer = await transport.AskAsync(block.For(_meter.Target.Address), _meter.Target.Model.Timing, stop);
                if (answer.Exception != ModbusExceptionCode.None) continue;
                AnsweredAt = GatewayAnsweredAt = answer.SentAt;
                foreach (var point in block.Points) Keep(point, block, answer);
                _meter.Plan.Forget();
                return;
            }
            catch (ModbusLinkException)
            {
                // Silent to this one question, as it may be each time; the others can wait.
                return;
            }
        }
    }

    void Begin(PolledMeter meter)
    {
        _readings.Clear();
        _refused.Clear();
        _lost.Clear();
        _settled.Clear();
        (AnsweredAt, GatewayAnsweredAt, Fault, LinkFault) = (null, null, null, null);
        (_meter, _mayRepeat) = (meter, meter.Health.State == ContactState.Answering);
        (_busyLeft, _lostInARow, _searched) = (context.Options.BusyRetries, 0, false);
        meter.BeginPoll(context.Steady.Now);
    }

    // A meter that says nothing to the first question is not asked the second.
    bool IsOver => LinkFault is Lines.LinkFault.Unreachable or Lines.LinkFault.NotAsked
        || _lostInARow >= (AnsweredAt is null ? 1 : LostInARow);

    // A refusal changes the plan, also of what was read already: it is looked at anew each time.
    ReadBlock? NextBlock()
    {
        var blocks = _meter.Plan.Blocks;
        for (var i = 0; i < blocks.Count; i++)
            if (!IsSettled(blocks[i])) return blocks[i];
        return null;
    }

    bool IsSettled(ReadBlock block)
    {
        for (var i = 0; i < block.Points.Count; i++)
            if (!_settled.Contains(block.Points[i])) return false;
        return true;
    }

    void Settle(ReadBlock block)
    {
        for (var i = 0; i < block.Points.Count; i++) _settled.Add(block.Points[i]);
    }

    async ValueTask SetUpAsync(CancellationToken stop)
    {
        try
        {
            Fault = await _meter.Setup.RunAsync(_meter.Target, transport, stop);
            while (_meter.Setup.IsBusy && _busyLeft-- > 0)
            {
                await Task.Delay(context.Options.BusyPause, context.Clock, stop);
                Fault = await _meter.Setup.RunAsync(_meter.Target, transport, stop);
            }
            AnsweredAt = GatewayAnsweredAt = context.Clock.Now();
        }
        catch (ModbusLinkException fault)
        {
            Lose(fault.Fault, fault.Message);
        }
    }

    // What was found before is not asked for where it cannot be found now.
    async ValueTask FindAsync(CancellationToken stop)
    {
        _searched = true;
        try
        {
            var (map, fault) = await _meter.Discovery.RunAsync(_meter.Target, transport, stop);
            if (fault is not null) Fault = fault;
            _meter.Bind(map ?? _meter.Target.Model, context.Steady.Now);
            AnsweredAt = GatewayAnsweredAt = context.Clock.Now();
        }
        catch (ModbusLinkException fault)
        {
            _meter.Bind(_meter.Target.Model, context.Steady.Now);
            Lose(fault.Fault, fault.Message);
        }
    }

    // What gets no answer here is asked for once more, by itself.
    async ValueTask AskTogetherAsync(CancellationToken stop)
    {
        _together.Clear();
        _requests.Clear();
        foreach (var block in _meter.Plan.Blocks)
        {
            _together.Add(block);
            _requests.Add(block.For(_meter.Target.Address));
        }
        try
        {
            await foreach (var (index, answer) in transport.AskAllAsync(_requests, _meter.Target.Model.Timing, stop))
                if (!answer.Exception.AsksForPatience() && !answer.Exception.MeansSilence()) Take(_together[index], answer);
        }
        catch (ModbusLinkException fault)
        {
            _mayRepeat = false;
            if (fault.Fault is Lines.LinkFault.Unreachable or Lines.LinkFault.NotAsked) Lose(fault.Fault, fault.Message);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    async ValueTask AskAsync(ReadBlock block, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                var answer = await transport.AskAsync(block.For(_meter.Target.Address), _meter.Target.Model.Timing, stop);
                if (answer.Exception.AsksForPatience() && _busyLeft-- > 0)
                {
                    await Task.Delay(context.Options.BusyPause, context.Clock, stop);
                    continue;
                }
                if (answer.Exception.MeansSilence() && MayRepeat()) continue;
                Take(block, answer);
                return;
            }
            catch (ModbusLinkException fault)
            {
                if (fault.Fault is not (Lines.LinkFault.Unreachable or Lines.LinkFault.NotAsked) && MayRepeat()) continue;
                Lose(fault.Fault, fault.Message, block);
                return;
            }
        }
    }

    // A meter that answered last time is asked once more before it counts as silent: one lost frame is not a missing quarter of an hour.
    bool MayRepeat()
    {
        var may = _mayRepeat;
        _mayRepeat = false;
        return may;
    }

    void Lose(LinkFault fault, string message, ReadBlock? block = null)
    {
        (LinkFault, Fault) = (fault, message);
        _lostInARow++;
        if (block is null) return;
        Settle(block);
        // A connection that broke or an answer that was wrong says nothing of what the meter has.
        if (fault == Lines.LinkFault.TimedOut) _lost.Add(block);
    }

    void Take(ReadBlock block, ModbusAnswer answer)
    {
        GatewayAnsweredAt = answer.SentAt;
        if (answer.Exception.MeansSilence())
        {
            Lose(Lines.LinkFault.TimedOut, InWords(block, answer.Exception), block);
            return;
        }
        _lostInARow = 0;
        AnsweredAt = answer.SentAt;
        if (answer.Exception.MeansSmaller())
        {
            Refuse(block, answer.Exception);
            return;
        }
        if (answer.Exception == ModbusExceptionCode.None) Keep(block, answer);
        else Fault = InWords(block, answer.Exception);
        Settle(block);
    }

    void Keep(ReadBlock block, ModbusAnswer answer)
    {
        _meter.Plan.Confirmed(block);
        for (var i = 0; i < block.Points.Count; i++)
            if (!_settled.Contains(block.Points[i])) Keep(block.Points[i], block, answer);
    }

    void Keep(RegisterPoint point, ReadBlock block, ModbusAnswer answer)
    {
        var registers = block.Registers(point, answer.Data.Span);
        var decoded = RegisterDecoder.Decode(point, registers, out var value);
        if (decoded == Decoded.Value) _readings.Add(new(new(_meter.Target.Id, point.Quantity), answer.SentAt, value));
        else if (decoded == Decoded.Displaced) Displaced(block, point.Guard!.Value);
        else if (decoded != Decoded.Missing && RegisterDecoder.Fault(point, registers) is { } why)
        {
            Fault = $"{block.For(_meter.Target.Address).Place}, {point.Quantity.Key()}: {why}";
            ModbusMetrics.ImpossibleValues.Add(1, new KeyValuePair<string, object?>("model", _meter.Target.Model.Id));
        }
    }

    void Displaced(ReadBlock block, RegisterGuard guard)
    {
        if (_meter.Discovery.IsDue) return;
        _meter.Discovery.Again();
        Fault = $"{block.For(_meter.Target.Address).Place}: SunSpec model {guard.First} of length {guard.Second} "
            + $"is no longer at register {guard.Address}";
    }

    // On the way to the one that is missing nothing is wrong yet; and what not every meter of the model has is no fault.
    void Refuse(ReadBlock block, ModbusExceptionCode code)
    {
        if (_meter.Discovery.IsUsed && !_searched)
        {
            // Registers that were there are refused: they may be elsewhere. Refused after the search, they are not there.
            _meter.Discovery.Again();
            Fault = InWords(block, code);
            Settle(block);
            return;
        }
        var before = _meter.Plan.Blocks;
        var missing = _meter.Plan.Refused(block, code, context.Steady.Now.Steady);
        if (ReferenceEquals(before, _meter.Plan.Blocks)) Settle(block);
        foreach (var point in missing)
            if (!point.Optional) _refused.Add(point);
        if (_meter.Plan.HasNone || missing.Any(point => !point.Optional)) Fault = InWords(block, code);
    }

    string InWords(ReadBlock block, ModbusExceptionCode code) =>
        $"{block.For(_meter.Target.Address).Place}, {block}: {code.InWords(_meter.Target.Model.Protocol)}";
}
