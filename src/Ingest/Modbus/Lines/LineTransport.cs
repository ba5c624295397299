using System.Net.Sockets;
using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>
/// The line and its bytes. What a frame is, its codec knows, which goes by the protocol of each request and by the line's framing. Where
/// answers carry an id (Modbus TCP), a late one is told apart and thrown away; where not, the connection ends with the first silence.
/// Allocates nothing per exchange once it runs.
/// </summary>
public sealed class LineTransport : IModbusTransport
{
    // Older ids than this cannot still be on their way: such an id is nobody's.
    const int MaxEarlier = 1000;
    static readonly TimeSpan IdleBeforeCheck = TimeSpan.FromSeconds(1);

    readonly ModbusEndpoint _endpoint;
    readonly TimeSpan _connectTimeout;
    readonly TimeProvider _clock;
    readonly Deadline _deadline;
    readonly KeyValuePair<string, object?> _tag;
    readonly byte[] _sent = new byte[260];
    readonly byte[] _received = new byte[1024];
    readonly ILink _link;
    int _filled;
    int _used;
    ushort _id;
    int _earlier;
    long _quietSince;
    long _answeredAt;

    internal LineTransport(ModbusEndpoint endpoint, ILink link, TimeSpan connectTimeout, TimeProvider clock)
    {
        (_endpoint, _link, _connectTimeout, _clock) = (endpoint, link, connectTimeout, clock);
        _deadline = new Deadline(clock);
        _tag = new("endpoint", endpoint.ToString());
    }

    /// <summary>The transport of an endpoint.</summary>
    public static IModbusTransport Over(ModbusEndpoint endpoint, TimeSpan connectTimeout, TimeProvider clock) =>
        new LineTransport(endpoint, new TcpLink(endpoint), connectTimeout, clock);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ModbusAnswer> AskAsync(MeterRequest request, ModbusTiming timing, CancellationToken stop)
    {
        var codec = CodecOf(request);
        try
        {
            DropWhatIsLeft(codec);
            if (!_link.IsOpen) await ConnectAsync(timing.ConnectDelay, stop);
            if (timing.Gap > TimeSpan.Zero) await KeepGapAsync(timing.Gap, stop);
            return await ExchangeAsync(codec, request, timing.ResponseTimeout, stop);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // A silence says nothing of the connection while others on it answer; a long one, or one that cannot be told from an answer
            // that comes late, ends it.
            if (!codec.AnswersCarryId || Since(_answeredAt) > timing.ResponseTimeout * 2) Close();
            ModbusMetrics.Timeouts.Add(1, _tag);
            throw new ModbusLinkException(
                LinkFault.TimedOut, $"{_endpoint} {request.Place}: no answer within {timing.ResponseTimeout.TotalSeconds:0.###} s");
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            Close();
            throw new ModbusLinkException(LinkFault.Closed, $"{_endpoint}: the connection broke: {fault.Message}", fault);
        }
        catch
        {
            Close();
            throw;
        }
        finally
        {
            _deadline.End();
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        _deadline.Dispose();
        return ValueTask.CompletedTask;
    }

    IFrameCodec CodecOf(MeterRequest request)
    {
        var codec = FrameCodecs.For(_endpoint.Framing, request.Protocol)
            ?? throw new ModbusLinkException(LinkFault.NotAsked, $"{_endpoint}: {FrameCodecs.WhyNot(_endpoint.Framing, request.Protocol)}");
        if (codec.Objection(request) is { } objection) throw new ArgumentException($"{request} cannot be asked: {objection}.", nameof(request));
        return codec;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<ModbusAnswer> ExchangeAsync(IFrameCodec codec, MeterRequest request, TimeSpan timeout, CancellationToken stop)
    {
        var length = codec.Write(_sent, request, ++_id);
        var earlier = _earlier;
        _earlier = Math.Min(earlier + 1, MaxEarlier);
        var ended = _deadline.Start(timeout, stop);
        ModbusMetrics.Requests.Add(1, _tag);
        var sentAt = _clock.Now();
        var started = _clock.GetTimestamp();
        await _link.SendAsync(_sent.AsMemory(0, length), ended);
        while (true)
        {
            var match = codec.Match(_received.AsSpan(_used, _filled - _used), request, _id, earlier);
            switch (match.Verdict)
            {
                case FrameVerdict.Older:
                    _used += match.Length;
                    continue;
                case FrameVerdict.Broken:
                    throw new ModbusLinkException(LinkFault.WrongAnswer, $"{_endpoint} {request.Place}: {match.Fault}");
                case FrameVerdict.Answer:
                    return Take(match, sentAt, started);
            }
            if (_used > 0) Compact();
            var count = await _link.ReceiveAsync(_received.AsMemory(_filled), ended);
            if (count == 0) throw new ModbusLinkException(LinkFault.Closed, $"{_endpoint}: the other side closed the connection");
            _filled += count;
        }
    }

    ModbusAnswer Take(FrameMatch match, Instant sentAt, long started)
    {
        var data = _received.AsMemory(_used + match.DataStart, match.DataLength);
        _used += match.Length;
        _quietSince = _answeredAt = _clock.GetTimestamp();
        ModbusMetrics.TransactionSeconds.Record(_clock.GetElapsedTime(started, _answeredAt).TotalSeconds, _tag);
        if (match.Exception != ModbusExceptionCode.None)
            ModbusMetrics.Exceptions.Add(1, new KeyValuePair<string, object?>("code", (int)match.Exception));
        return new(sentAt, match.Exception, data);
    }

    // Bytes nobody waits for: where answers carry an id, they are judged with the next one; where not, they could pass for it.
    void DropWhatIsLeft(IFrameCodec codec)
    {
        Compact();
        if (!_link.IsOpen) return;
        var idle = Since(_quietSince) > IdleBeforeCheck;
        if (!codec.AnswersCarryId && (_filled > 0 || _link.HasUnread)) Close();
        else if (idle && _link.IsGone) Close();
    }

    void Compact()
    {
        if (_used > 0) _received.AsSpan(_used, _filled - _used).CopyTo(_received);
        (_filled, _used) = (_filled - _used, 0);
    }

    async ValueTask ConnectAsync(TimeSpan delay, CancellationToken stop)
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
        (_filled, _used, _earlier) = (0, 0, 0);
        _quietSince = _answeredAt = _clock.GetTimestamp();
        if (delay > TimeSpan.Zero) await Task.Delay(delay, _clock, stop);
    }

    async ValueTask KeepGapAsync(TimeSpan gap, CancellationToken stop)
    {
        var rest = gap - Since(_quietSince);
        if (rest > TimeSpan.Zero) await Task.Delay(rest, _clock, stop);
    }

    TimeSpan Since(long timestamp) => _clock.GetElapsedTime(timestamp);

    void Close()
    {
        _link.Close();
        (_filled, _used) = (0, 0);
    }
}
