using System.Net.Sockets;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>A server of <see cref="FieldWords"/> whose answers go wrong as it is told, request by request.</summary>
sealed class FaultServer : IAsyncDisposable
{
    static readonly TimeSpan TooLate = TimeSpan.FromSeconds(2.1);
    // Nobody's ask: what comes then holds nobody back, who may have gone on.
    const int Answered = -1;
    static readonly TimeSpan SoonAfter = TimeSpan.FromMilliseconds(5);
    static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(400);

    readonly Lock _lock = new();
    readonly List<(FieldAsk Ask, Fault Fault, Instant At)> _asked = [];
    readonly List<Task> _late = [];
    readonly Dictionary<SlaveConnection, int> _halfSent = [];
    readonly int _endpoint;
    readonly TestClock _clock;
    readonly Stillness.Seat _seat;
    readonly Random _random;
    readonly ScriptedServer _server;
    bool _nextIsRight;

    public FaultServer(int endpoint, ModbusFraming framing, TestClock clock, Stillness.Seat seat, int seed)
    {
        (_endpoint, _clock, _seat, _random) = (endpoint, clock, seat, new Random(seed));
        _server = new ScriptedServer(framing, ServeAsync);
    }

    public ModbusEndpoint Endpoint => _server.Endpoint;

    public int Connections => _server.Connections;

    /// <summary>What becomes of a request.</summary>
    public Func<FieldAsk, Random, Fault> Choose { get; set; } = (_, _) => Fault.None;

    /// <summary>Every request, what was done to it, and when it arrived; by its number.</summary>
    public IReadOnlyList<(FieldAsk Ask, Fault Fault, Instant At)> Asked { get { lock (_lock) return [.. _asked]; } }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Task[] late;
        lock (_lock) late = [.. _late];
        _clock.Advance(TooLate * 20);
        await Task.WhenAll(late);
    }

    async Task ServeAsync(SlaveRequest request, SlaveConnection connection)
    {
        FieldAsk ask;
        Fault fault;
        var turn = _seat.Arrived(() => connection.IsLeft);
        lock (_lock)
        {
            ask = new FieldAsk(_endpoint, request.Unit, request.Function, request.Address, request.Count, _asked.Count)
            {
                Connection = request.Connection,
            };
            fault = _nextIsRight ? Fault.None : Choose(ask, _random);
            _nextIsRight = fault == Fault.HalfThenNextAnswer;
            _asked.Add((ask, fault, _clock.Instant));
        }
        await DoAsync(fault, ask, new Wire(request, connection, Endpoint.Framing == ModbusFraming.Tcp), turn);
    }

    async Task DoAsync(Fault fault, FieldAsk ask, Wire wire, int turn)
    {
        var pdu = FieldWords.Pdu(ask);
        var right = wire.Frame(pdu);
        switch (fault)
        {
            case Fault.None: await wire.Connection.SendAsync(right); return;
            case Fault.Twice: await wire.Connection.SendAsync([.. right, .. right]); return;
            case Fault.TwiceApart:
                await wire.Connection.SendAsync(right);
                Later(wire, Answered, SoonAfter, right);
                return;
            case Fault.FutureIdAfter:
                await wire.Connection.SendAsync([.. right, .. wire.Frame(pdu, id: 1)]);
                Later(wire, Answered, SoonAfter, wire.Frame(pdu, id: 1));
                return;
            case Fault.SingleBytes: await wire.Connection.SendAsync([.. right.Select(octet => new[] { octet })]); return;
            case Fault.OldIdAfter: await wire.Connection.SendAsync([.. right, .. wire.Frame(pdu, id: -1)]); return;
            case Fault.GarbageAfter: await wire.Connection.SendAsync([.. right, .. Garbage()]); return;
            case Fault.Exception: await wire.Connection.SendAsync(wire.Exception(RandomCode())); return;
            case Fault.GatewayException: await wire.Connection.SendAsync(wire.Exception((byte)_random.Next(10, 12))); return;
            case Fault.CloseAfterAnswer:
                await wire.Connection.SendAsync(right);
                wire.Connection.Close(reset: false);
                return;
            case Fault.CloseUnanswered: wire.Connection.Close(reset: _random.Next(2) == 0); return;
            case Fault.ResetInFrame or Fault.CloseInFrame:
                await wire.Connection.SendAsync(right[..Half(right)]);
                wire.Connection.Close(reset: fault == Fault.ResetInFrame);
                return;
            case Fault.OldId when wire.Tcp: await wire.Connection.SendAsync(wire.Frame(pdu, id: -1)); break;
            case Fault.Late: Later(wire, turn, TooLate, right); break;
            case Fault.HalfThenRestLate:
                lock (_lock) _halfSent[wire.Connection] = turn;
                await wire.Connection.SendAsync(right[..Half(right)]);
                Later(wire, turn, TooLate, right[Half(right)..]);
                break;
            case Fault.SlowDrip:
                lock (_lock) _halfSent[wire.Connection] = turn;
                Later(wire, turn, Drip, [.. right.Select(octet => new[] { octet })]);
                break;
            case Fault.HalfThenSilence or Fault.HalfThenNextAnswer:
                lock (_lock) _halfSent[wire.Connection] = turn;
                await wire.Connection.SendAsync(right[..Half(right)]);
                break;
            case Fault.Silence: break;
            default:
                await wire.Connection.SendAsync(Wrong(fault, ask, wire, pdu));
                _seat.LetJudge(turn);
                return;
        }
        _seat.Hold(turn);
    }

    byte[] Wrong(Fault fault, FieldAsk ask, Wire wire, byte[] pdu) => fault switch
    {
        Fault.OldId or Fault.FutureId => wire.Frame(pdu, id: _random.Next(1, 3)), // without ids: the right answer
        Fault.WrongUnit => wire.Frame(FieldWords.Pdu(ask with { Unit = (byte)(ask.Unit + 1) }), unit: 1),
        Fault.WrongFunction => wire.Frame(FieldWords.Pdu(ask with { Function = (byte)(7 - ask.Function) })),
        Fault.FewerRegisters => wire.Frame(FieldWords.Pdu(ask with { Count = (ushort)(ask.Count - 1) })),
        Fault.MoreRegisters => wire.Frame(FieldWords.Pdu(ask with { Count = (ushort)(ask.Count + 1) })),
        Fault.WrongByteCount => wire.Frame([pdu[0], (byte)(pdu[1] + _random.Next(1, 200)), .. pdu[2..]]),
        Fault.WrongLength => wire.WithLength(pdu, (ushort)_random.Next(0, 65536)),
        Fault.WrongCheckSum => wire.WithWrongCheckSum(pdu, _random),
        Fault.GarbageBefore => [.. Garbage(), .. wire.Frame(pdu)],
        Fault.ExceptionOfOtherUnit => wire.Frame([(byte)(ask.Function | 0x80), 4], unit: 1),
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
    };

    // Any code but "no such register" and "not so many", which change what is asked from then on.
    byte RandomCode() => (byte)(_random.Next(4) == 0 ? _random.Next(12, 256) : _random.Next(4, 10));

    byte[] Garbage()
    {
        var bytes = new byte[_random.Next(1, 20)];
        _random.NextBytes(bytes);
        return bytes;
    }

    int Half(byte[] frame) => _random.Next(1, frame.Length);

    void Later(Wire wire, int turn, TimeSpan pause, params byte[][] pieces)
    {
        lock (_lock) _late.Add(SendLaterAsync());

        async Task SendLaterAsync()
        {
            foreach (var piece in pieces)
            {
                using var coming = await _seat.ComesAsync(pause, _clock);
                if (IsWithinAnother(wire, turn)) return;
                try
                {
                    await wire.Connection.SendAsync(piece);
                }
                catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
                {
                    return; // It did not wait for this: as it should be.
                }
                _seat.Hold(turn);
            }
        }
    }

    // No server writes one frame into another; without a check sum (Modbus TCP) nobody could tell.
    bool IsWithinAnother(Wire wire, int turn)
    {
        lock (_lock) return _halfSent.TryGetValue(wire.Connection, out var other) && other != turn;
    }

    /// <summary>One request's connection and how frames look on it.</summary>
    sealed record Wire(SlaveRequest Request, SlaveConnection Connection, bool Tcp)
    {
        public byte[] Frame(byte[] pdu, int id = 0, int unit = 0) =>
            SlaveFrames.Of(Tcp, (ushort)(Request.Id + id), (byte)(Request.Unit + unit), pdu);

        public byte[] Exception(byte code) => Frame([(byte)(Request.Function | 0x80), code]);

        public byte[] WithLength(byte[] pdu, ushort length)
        {
            var frame = Frame(pdu);
            if (!Tcp) return frame[..^1];
            (frame[4], frame[5]) = length == pdu.Length + 1 ? ((byte)1, (byte)1) : ((byte)(length >> 8), (byte)length);
            return frame;
        }

        public byte[] WithWrongCheckSum(byte[] pdu, Random random)
        {
            var frame = Frame(pdu);
            if (Tcp) frame[3] = 1;
            else frame[random.Next(2, frame.Length)] ^= (byte)(1 << random.Next(8));
            return frame;
        }
    }
}
