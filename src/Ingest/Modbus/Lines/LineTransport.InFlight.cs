using System.Net.Sockets;
using System.Runtime.CompilerServices;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

// Several questions on the way at once: only where answers carry an id.
public sealed partial class LineTransport
{
    public IAsyncEnumerable<IndexedAnswer> AskAllAsync(IReadOnlyList<MeterRequest> requests, ModbusTiming timing, CancellationToken stop) =>
        timing.MaxInFlight > 1 && timing.Gap == TimeSpan.Zero && requests.Count > 1 && requests.All(request => CodecOf(request).AnswersCarryId)
            ? AskTogetherAsync(requests, timing, stop)
            : IModbusTransport.OneByOneAsync(this, requests, timing, stop);

    async IAsyncEnumerable<IndexedAnswer> AskTogetherAsync(
        IReadOnlyList<MeterRequest> requests, ModbusTiming timing, [EnumeratorCancellation] CancellationToken stop)
    {
        var flight = new Flight(requests, timing);
        while (await NextAsync(flight, stop) is { } answer) yield return answer;
    }

    // After a silence the others on the way still have their time; a broken stream ends them all.
    async ValueTask<IndexedAnswer?> NextAsync(Flight flight, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await SendMoreAsync(flight, stop);
                if (flight.IsEmpty) return flight.Silence is { } fault ? throw fault : null;
                if (TryMatch(flight) is { } answer) return answer;
                var due = flight.NextDue;
                if (!await HeardAsync(_clock.GetElapsedTime(_clock.GetTimestamp(), due), stop)) Silent(flight);
            }
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            Close();
            throw new ModbusLinkException(LinkFault.Closed, $"{_endpoint}: the connection broke: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault != flight.Silence)
        {
            Close();
            throw;
        }
        finally
        {
            _deadline.End();
        }
    }

    async ValueTask SendMoreAsync(Flight flight, CancellationToken stop)
    {
        while (flight.Next(out var request))
        {
            var codec = CodecOf(request);
            if (flight.IsEmpty) await GetReadyAsync(codec, request, flight.Timing, stop);
            var length = codec.Write(_sent, request, ++_id);
            _earlier = Math.Min(_earlier + 1, MaxEarlier);
            ModbusMetrics.Requests.Add(1, _tag);
            flight.Add(_id, _inbox.End + _link.Unread, _clock);
            await _link.SendAsync(_sent.AsMemory(0, length), _deadline.Start(flight.Timing.ResponseTimeout, stop));
        }
    }

    IndexedAnswer? TryMatch(Flight flight)
    {
        while (true)
        {
            var received = _inbox.Unread;
            var sent = MbapFrame.TryId(received, out var id) ? flight.Find(id) : null;
            if (sent is { } later && _inbox.Position < later.From) throw TooEarly(flight.Requests[later.Index], id);
            // An id that is not on the way is held against the question that comes next: it is older than that, or nobody's.
            var request = sent is { } own ? flight.Requests[own.Index] : flight.Requests[0];
            var match = CodecOf(request).Match(received, request, sent?.Id ?? (ushort)(_id + 1), sent is null ? _earlier : 0);
            switch (match.Verdict)
            {
                case FrameVerdict.NeedMore:
                    return null;
                case FrameVerdict.Older:
                    _inbox.Take(match);
                    continue;
                case FrameVerdict.Answer when sent is { } asked:
                    flight.Remove(asked);
                    return new(asked.Index, Take(match, asked.At, asked.Started));
                default:
                    throw match.Fault is null
                        ? new(LinkFault.WrongAnswer, $"{_endpoint} {request.Place}: transaction id {id}, which was never asked")
                        : Wrong(request, match);
            }
        }
    }

    ModbusLinkException TooEarly(MeterRequest request, ushort id) =>
        new(LinkFault.WrongAnswer, $"{_endpoint} {request.Place}: transaction id {id} before it was asked");

    async ValueTask<bool> HeardAsync(TimeSpan patience, CancellationToken stop)
    {
        if (patience <= TimeSpan.Zero) return false;
        try
        {
            Arrived(await _link.ReceiveAsync(_inbox.Room(), _deadline.Start(patience, stop)));
            return true;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }

    void Silent(Flight flight)
    {
        foreach (var late in flight.RemoveDue(_clock.GetTimestamp()))
        {
            var fault = TimedOut(flight.Requests[late.Index], flight.Timing.ResponseTimeout);
            flight.Silence ??= fault;
        }
        if (flight.IsEmpty && (!_inbox.IsEmpty || IsLong(Since(_answeredAt), flight.Timing))) Close();
    }
}
