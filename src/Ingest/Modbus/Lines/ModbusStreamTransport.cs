using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>Modbus TCP: a late answer is told apart by its transaction id and thrown away.</summary>
public sealed class ModbusTcpTransport(ModbusEndpoint endpoint, TimeSpan connectTimeout, TimeProvider clock)
    : ModbusStreamTransport(endpoint, MbapFrame.Codec, connectTimeout, clock);

/// <summary>RTU frames on a TCP connection, as serial servers pass them: without ids, so the connection ends with the first silence.</summary>
public sealed class ModbusRtuOverTcpTransport(ModbusEndpoint endpoint, TimeSpan connectTimeout, TimeProvider clock)
    : ModbusStreamTransport(endpoint, RtuFrame.Codec, connectTimeout, clock);

/// <summary>The connection and its bytes; what a frame is, its codec knows. Allocates nothing per exchange once it runs.</summary>
public abstract class ModbusStreamTransport : IModbusTransport
{
    // Older ids than this cannot still be on their way: such an id is nobody's.
    const int MaxEarlier = 1000;
    static readonly TimeSpan IdleBeforeCheck = TimeSpan.FromSeconds(1);

    readonly ModbusEndpoint _endpoint;
    readonly IFrameCodec _codec;
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

    private protected ModbusStreamTransport(
        ModbusEndpoint endpoint, IFrameCodec codec, TimeSpan connectTimeout, TimeProvider clock)
    {
        (_endpoint, _codec, _connectTimeout, _clock) = (endpoint, codec, connectTimeout, clock);
        _link = new TcpLink(endpoint);
        _deadline = new Deadline(clock);
        _tag = new("endpoint", endpoint.ToString());
    }

    /// <summary>The transport that speaks this endpoint's framing.</summary>
    public static IModbusTransport Over(ModbusEndpoint endpoint, TimeSpan connectTimeout, TimeProvider clock) =>
        endpoint.Framing == ModbusFraming.Tcp
            ? new ModbusTcpTransport(endpoint, connectTimeout, clock)
            : new ModbusRtuOverTcpTransport(endpoint, connectTimeout, clock);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ModbusAnswer> AskAsync(MeterRequest request, ModbusTiming timing, CancellationToken stop)
    {
        if (!request.IsValid) throw new ArgumentOutOfRangeException(nameof(request), request, "No such read exists in Modbus.");
        try
        {
            DropWhatIsLeft();
            if (!_link.IsOpen) await ConnectAsync(timing.ConnectDelay, stop);
            if (timing.Gap > TimeSpan.Zero) await KeepGapAsync(timing.Gap, stop);
            return await ExchangeAsync(request, timing.ResponseTimeout, stop);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // A silence says nothing of the connection while others on it answer; a long one, or one that cannot be told from an answer
            // that comes late, ends it.
            if (!_codec.AnswersCarryId || Since(_answeredAt) > timing.ResponseTimeout * 2) Close();
            ModbusMetrics.Timeouts.Add(1, _tag);
            throw new ModbusLinkException(
                LinkFault.TimedOut, $"{_endpoint} unit {request.Unit}: no answer within {timing.ResponseTimeout.TotalSeconds:0.###} s");
        }
        catch (IOException fault)
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
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<ModbusAnswer> ExchangeAsync(MeterRequest request, TimeSpan timeout, CancellationToken stop)
    {
        var length = _codec.Write(_sent, request, ++_id);
        var earlier = _earlier;
        _earlier = Math.Min(earlier + 1, MaxEarlier);
        var ended = _deadline.Start(timeout, stop);
        ModbusMetrics.Requests.Add(1, _tag);
        var sentAt = _clock.Now();
        var started = _clock.GetTimestamp();
        await _link.SendAsync(_sent.AsMemory(0, length), ended);
        while (true)
        {
            var match = _codec.Match(_received.AsSpan(_used, _filled - _used), request, _id, earlier);
            switch (match.Verdict)
            {
                case FrameVerdict.Older:
                    _used += match.Length;
                    continue;
                case FrameVerdict.Broken:
                    throw new ModbusLinkException(LinkFault.WrongAnswer, $"{_endpoint} unit {request.Unit}: {match.Fault}");
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
        var pdu = _received.AsMemory(_used + match.PduStart, match.PduLength);
        _used += match.Length;
        _quietSince = _answeredAt = _clock.GetTimestamp();
        ModbusMetrics.TransactionSeconds.Record(_clock.GetElapsedTime(started, _answeredAt).TotalSeconds, _tag);
        if (pdu.Length != 2) return new(sentAt, ModbusExceptionCode.None, pdu[2..]);
        var code = (ModbusExceptionCode)pdu.Span[1];
        ModbusMetrics.Exceptions.Add(1, new KeyValuePair<string, object?>("code", (int)code));
        return new(sentAt, code, default);
    }

    // Bytes nobody waits for: where answers carry an id, they are judged with the next one; where not, they could pass for it.
    void DropWhatIsLeft()
    {
        Compact();
        if (!_link.IsOpen) return;
        var idle = Since(_quietSince) > IdleBeforeCheck;
        if (!_codec.AnswersCarryId && (_filled > 0 || _link.HasUnread)) Close();
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
