using System.Net.Sockets;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

// What must hold as a question goes out: the line is open, it was quiet for as long as it and the meters want, and nothing on it came
// before the question and could pass for its answer.
public sealed partial class LineTransport
{
    // A line that is noisy for this many response timeouts will not be quiet.
    const int NoisyTimeouts = 10;
    // Who has more to say that nobody asked for, on one connection after the other, has nothing to say that could be trusted.
    const int MostTurns = 3;
    const int MostLeft = 64;
    const int MostProbes = 4;
    static readonly TimeSpan IdleBeforeCheck = TimeSpan.FromSeconds(1);

    async ValueTask GetReadyAsync(IFrameCodec codec, MeterRequest next, ModbusTiming timing, CancellationToken stop)
    {
        for (var turns = 0; turns < MostTurns; turns++)
        {
            if (MayBeGone(codec, timing) && _link.IsGone) Close();
            if (!_link.IsOpen) await ConnectAsync(timing, stop);
            if (!codec.AnswersCarryId && _unanswered.Quiet is { } quiet) await SettleAsync(quiet, stop);
            await KeepGapAsync(timing.Gap, stop);
            // Only now: a second copy of the last answer may come while the gap is kept.
            if (codec.AnswersCarryId ? await DropOlderAsync(codec, next, stop) : _inbox.IsEmpty && _link.Unread == 0) return;
            if (!codec.AnswersCarryId) _unanswered.Disturbed(timing.ResponseTimeout);
            if (_link.ClosingHelps) Close();
        }
        throw codec.AnswersCarryId
            ? new ModbusLinkException(LinkFault.WrongAnswer, $"{_endpoint} {next.Place}: bytes came that nobody had asked for")
            : NeverQuiet();
    }

    bool MayBeGone(IFrameCodec codec, ModbusTiming timing) =>
        _link.IsOpen && (!codec.AnswersCarryId || timing.MaxInFlight > 1 || Since(_quietSince) > IdleBeforeCheck);

    /// <summary>
    /// Throws away what was left on a line whose answers carry an id: answers to earlier questions, whole ones. Anything else could bear
    /// the id of the next question, which nobody can know yet.
    /// </summary>
    /// <returns>False where something else came.</returns>
    async ValueTask<bool> DropOlderAsync(IFrameCodec codec, MeterRequest next, CancellationToken stop)
    {
        for (var reads = 0; ; reads++)
        {
            while (codec.Match(_inbox.Unread, next, (ushort)(_id + 1), _earlier) is { Verdict: not FrameVerdict.NeedMore } match)
            {
                if (match.Verdict != FrameVerdict.Older) return false;
                _inbox.Take(match);
            }
            if (_link.Unread == 0) return _inbox.IsEmpty;
            if (reads == MostLeft) return false;
            try
            {
                Arrived(await _link.ReceiveAsync(_inbox.Room(), stop));
            }
            catch (Exception fault) when (fault is IOException or SocketException)
            {
                return false;
            }
        }
    }

    async ValueTask ConnectAsync(ModbusTiming timing, CancellationToken stop)
    {
        try
        {
            await _link.OpenAsync(_deadline.Start(_connectTimeout, stop));
        }
        catch (OperationCanceledException fault) when (!stop.IsCancellationRequested)
        {
            var why = $"no connection within {_connectTimeout.TotalSeconds:0.###} s";
            throw new ModbusLinkException(LinkFault.Unreachable, $"{_endpoint} cannot be reached: {why}", fault);
        }
        _deadline.End();
        _inbox.Clear();
        _echo.Forget();
        (_earlier, _answeredAt) = (0, _clock.GetTimestamp());
        if (_unanswered.Quiet is null) _quietSince = _answeredAt;
        // Who had the port before may have asked something.
        if (!_link.ClosingHelps) _unanswered.Disturbed(timing.ResponseTimeout);
        if (timing.ConnectDelay > TimeSpan.Zero) await Task.Delay(timing.ConnectDelay, _clock, stop);
    }

    /// <summary>Throws away what comes until nothing has come for long enough.</summary>
    async ValueTask SettleAsync(TimeSpan quiet, CancellationToken stop)
    {
        var began = _clock.GetTimestamp();
        for (var rest = quiet - Since(_quietSince); rest > TimeSpan.Zero || _link.Unread > 0; rest = quiet - Since(_quietSince))
        {
            _inbox.Clear();
            if (Since(began) > quiet * NoisyTimeouts) throw NeverQuiet();
            try
            {
                Arrived(await _link.ReceiveAsync(_inbox.Room(), _deadline.Start(rest > TimeSpan.Zero ? rest : quiet, stop)));
                _quietSince = _clock.GetTimestamp();
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                break;
            }
        }
        _deadline.End();
        _inbox.Clear();
        _unanswered.LineWasQuiet();
    }

    // What the meter still owes is told apart from what it is asked now.
    async ValueTask CatchUpAsync(IFrameCodec codec, MeterRequest request, ModbusTiming timing, CancellationToken stop)
    {
        for (var tries = 0; tries < MostProbes; tries++)
        {
            if (!_unanswered.MayAsk(request, timing.ReadsMore, out var probe)) break;
            if (probe is not { } first) return;
            await ExchangeAsync(codec, first, timing.ResponseTimeout, stop);
            await GetReadyAsync(codec, request, timing, stop);
        }
        throw new ModbusLinkException(
            LinkFault.TimedOut, $"{_endpoint} {request.Place}: its late answers cannot be told from those to come; it is left alone for a while");
    }

    ValueTask KeepGapAsync(TimeSpan gap, CancellationToken stop)
    {
        if (gap < _link.Silence) gap = _link.Silence;
        var rest = gap > TimeSpan.Zero ? gap - Since(_quietSince) : TimeSpan.Zero;
        return rest > TimeSpan.Zero ? WaitAsync(rest, stop) : ValueTask.CompletedTask;
    }

    // A timer counts in whole milliseconds and rounds down: the silence of a bus is longer rather than shorter.
    async ValueTask WaitAsync(TimeSpan rest, CancellationToken stop) =>
        await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds)), _clock, stop);

    ModbusLinkException NeverQuiet() =>
        new(LinkFault.Unreachable, $"{_endpoint} is never quiet: something else speaks on this line");
}
