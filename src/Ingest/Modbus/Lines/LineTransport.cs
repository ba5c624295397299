using System.Net.Sockets;
using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Lines.Serial;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>
/// The line and its bytes. What a frame is, its codec knows, which goes by the protocol of each request and by the line's framing. Where
/// answers carry an id (Modbus TCP), a late one is told apart and thrown away. Where not, a connection ends with the first silence, and
/// on every such line, hung up or not, <see cref="UnansweredQuestions"/> keeps late answers out. Allocates nothing per
/// exchange, but for the timer of a gap where one is to be kept.
/// </summary>
public sealed partial class LineTransport : IModbusTransport
{
    // Older ids than this cannot still be on their way: such an id is nobody's.
    const int MaxEarlier = 1000;
    const int LongestFrame = 260;

    readonly ModbusEndpoint _endpoint;
    readonly TimeSpan _connectTimeout;
    readonly TimeProvider _clock;
    readonly Deadline _deadline;
    readonly KeyValuePair<string, object?> _tag;
    readonly byte[] _sent = new byte[LongestFrame];
    readonly Inbox _inbox = new();
    readonly Echo _echo = new();
    readonly UnansweredQuestions _unanswered;
    readonly ILink _link;
    MeterRequest? _waitsFor;
    ushort _id;
    int _earlier;
    bool _wasKept;
    TimeSpan _patience;
    long _quietSince;
    long _answeredAt;

    internal LineTransport(ModbusEndpoint endpoint, ILink link, TimeSpan connectTimeout, TimeProvider clock)
    {
        (_endpoint, _link, _connectTimeout, _clock) = (endpoint, link, connectTimeout, clock);
        _deadline = new Deadline(clock);
        _unanswered = new UnansweredQuestions(clock);
        _tag = new("endpoint", endpoint.ToString());
    }

    /// <summary>The transport of an endpoint.</summary>
    public static IModbusTransport Over(ModbusEndpoint endpoint, TimeSpan connectTimeout, TimeProvider clock) => new LineTransport(
        endpoint, endpoint.Serial is { } port ? new SerialLink(port) : new TcpLink(endpoint), connectTimeout, clock);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ModbusAnswer> AskAsync(MeterRequest request, ModbusTiming timing, CancellationToken stop)
    {
        var codec = CodecOf(request);
        for (var mayRepeat = !request.IsWrite; ; mayRepeat = false)
        {
            try
            {
                await GetReadyAsync(codec, request, timing, stop);
                if (_unanswered.Any) await CatchUpAsync(codec, request, timing, stop);
                return await ExchangeAsync(codec, request, timing.ResponseTimeout, stop);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                // A silence says nothing of the connection while others on it answer; a long one, one within a frame, or one that cannot be
                // told from an answer that comes late, ends it.
                if (_link.ClosingHelps && (!codec.AnswersCarryId || !_inbox.IsEmpty || IsLong(Since(_answeredAt), timing))) Close();
                throw TimedOut(request, _patience);
            }
            catch (Exception fault) when (mayRepeat && IsStale(codec, fault))
            {
                Close();
                _waitsFor = null;
            }
            catch (Exception fault) when (fault is IOException or SocketException)
            {
                Close();
                throw new ModbusLinkException(LinkFault.Closed, $"{_endpoint}: the connection broke: {fault.Message}", fault);
            }
            catch
            {
                if (_link.ClosingHelps) Close();
                throw;
            }
            finally
            {
                _deadline.End();
                if (_waitsFor is { } left) GiveUp(codec, left, timing);
            }
        }
    }

    public TimeSpan Owed => _unanswered.Quiet is { } quiet && Since(_quietSince) is var past && past < quiet ? quiet - past : TimeSpan.Zero;

    public void Release() => Close();

    public ValueTask DisposeAsync()
    {
        Close();
        _deadline.Dispose();
        return _link.DisposeAsync();
    }

    // A kept connection that ends before a byte of the answer came was most likely closed before the question went out: some servers close
    // after each answer. Only where a second answer could be told apart.
    bool IsStale(IFrameCodec codec, Exception fault) =>
        fault is IOException or SocketException && codec.AnswersCarryId && _waitsFor is not null && _wasKept && _inbox.IsEmpty;

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
        _wasKept = earlier > 0;
        _echo.Begin();
        _patience = timeout + _link.OnTheWire(length + AnswerLength(request));
        var ended = _deadline.Start(_patience, stop);
        ModbusMetrics.Requests.Add(1, _tag);
        var sentAt = _clock.Now();
        var started = _clock.GetTimestamp();
        _waitsFor = request;
        await _link.SendAsync(_sent.AsMemory(0, length), ended);
        while (true)
        {
            // The other protocols know their own questions, wake-up bytes lost or not.
            var match = codec == RtuFrame.Codec
                ? _echo.Match(codec, _inbox.Unread, _sent.AsSpan(0, length), request, _id)
                : codec.Match(_inbox.Unread, request, _id, earlier);
            switch (match.Verdict)
            {
                case FrameVerdict.Older:
                    _inbox.Take(match);
                    continue;
                case FrameVerdict.Broken:
                    throw Wrong(request, match);
                case FrameVerdict.Answer:
                    _waitsFor = null;
                    _unanswered.Answered(request, match.Exception);
                    return Take(match, sentAt, started);
            }
            int count;
            try
            {
                count = await _link.ReceiveAsync(_inbox.Room(), ended);
            }
            catch (OperationCanceledException) when (_echo.InDoubt && !stop.IsCancellationRequested)
            {
                _echo.NothingFollowed();
                continue;
            }
            Arrived(count);
        }
    }

    void Arrived(int count) => _inbox.Add(count > 0 ? count : throw new IOException("the other side closed it"));

    ModbusAnswer Take(FrameMatch match, Instant sentAt, long started)
    {
        var data = _inbox.Take(match);
        _quietSince = _answeredAt = _clock.GetTimestamp();
        ModbusMetrics.TransactionSeconds.Record(_clock.GetElapsedTime(started, _answeredAt).TotalSeconds, _tag);
        if (match.Exception != ModbusExceptionCode.None)
            ModbusMetrics.Exceptions.Add(1, new KeyValuePair<string, object?>("code", (int)match.Exception));
        return new(sentAt, match.Exception, data);
    }

    void GiveUp(IFrameCodec codec, MeterRequest left, ModbusTiming timing)
    {
        _waitsFor = null;
        _quietSince = _clock.GetTimestamp();
        if (!codec.AnswersCarryId) _unanswered.Add(left, timing.ResponseTimeout);
    }

    // The time its bytes take is the line's, not the meter's: at 2400 Bd a long answer alone takes a second.
    static int AnswerLength(MeterRequest request) =>
        request.IsRead ? RtuFrame.AnswerLength(request)
        : request.Function == MeterFunction.DataItem ? FrameScan.Around + request.Count
        : LongestFrame;

    ModbusLinkException TimedOut(MeterRequest request, TimeSpan waited)
    {
        ModbusMetrics.Timeouts.Add(1, _tag);
        return new(LinkFault.TimedOut, $"{_endpoint} {request.Place}: no answer within {waited.TotalSeconds:0.###} s");
    }

    ModbusLinkException Wrong(MeterRequest request, FrameMatch match) =>
        new(LinkFault.WrongAnswer, $"{_endpoint} {request.Place}: {match.Fault}");

    static bool IsLong(TimeSpan silence, ModbusTiming timing) => silence > timing.ResponseTimeout * 2;

    TimeSpan Since(long timestamp) => _clock.GetElapsedTime(timestamp);

    void Close()
    {
        _link.Close();
        _inbox.Clear();
    }
}
