using System.Buffers.Binary;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>
/// A Modbus TCP meter in memory that works on several questions at once and gives each answer when it is ready, in whatever order, now
/// and then two in one segment or one in two; and misbehaves as a test says.
/// </summary>
sealed class FlightServer
{
    const int Ready = 5, Slowest = 150, TooLate = 1400;

    readonly TestClock _clock;
    readonly FakeLink _link;
    readonly Random _random;
    readonly List<(FieldAsk Ask, Instant At)> _asked = [];
    readonly Queue<ushort> _answered = new();
    byte[]? _withNext;

    public FlightServer(FakeLink link, TestClock clock, int seed)
    {
        (_link, _clock, _random) = (link, clock, new Random(seed));
        link.Script = Take;
    }

    /// <summary>What it does with a question.</summary>
    public Func<FieldAsk, Fault> Choose { get; set; } = _ => Fault.None;

    /// <summary>All it was asked; the number of a question is its place here.</summary>
    public IReadOnlyList<(FieldAsk Ask, Instant At)> Asked => _asked;

    void Take(byte[] request)
    {
        var id = BinaryPrimitives.ReadUInt16BigEndian(request);
        var ask = new FieldAsk(
            0, request[6], request[7], BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(8)), BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(10)),
            _asked.Count) { Connection = _link.Opened };
        _asked.Add((ask, _clock.Instant));
        var right = SlaveFrames.Of(true, id, ask.Unit, FieldWords.Pdu(ask));
        switch (Choose(ask))
        {
            case Fault.None: Answer(ask, right); break;
            case Fault.Silence: return;
            case Fault.Late: SayAfter(ask, _random.Next(TooLate, 2 * TooLate), right); break;
            case Fault.Twice:
                Answer(ask, right);
                Answer(ask, right);
                break;
            case Fault.OldIdAfter when _answered.TryDequeue(out var old):
                Answer(ask, [.. right, .. SlaveFrames.Of(true, old, ask.Unit, FieldWords.Pdu(ask with { Address = (ushort)(ask.Address + 4) }))]);
                break;
            case Fault.OldIdAfter: Answer(ask, right); break;
            case Fault.WrongUnit: Answer(ask, SlaveFrames.Of(true, id, (byte)(ask.Unit + 1), FieldWords.Pdu(ask with { Unit = (byte)(ask.Unit + 1) }))); break;
            case Fault.WrongFunction: Answer(ask, SlaveFrames.Of(true, id, ask.Unit, FieldWords.Pdu(ask with { Function = 4 }))); break;
            case Fault.MoreRegisters: Answer(ask, SlaveFrames.Of(true, id, ask.Unit, FieldWords.Pdu(ask with { Count = (ushort)(ask.Count + 1) }))); break;
            case Fault.FutureId: Answer(ask, SlaveFrames.Of(true, (ushort)(id + 100), ask.Unit, FieldWords.Pdu(ask))); break;
            case Fault.GatewayException: Answer(ask, SlaveFrames.Of(true, id, ask.Unit, [(byte)(ask.Function | 0x80), 11])); break;
            case var other: throw new InvalidOperationException($"{other} is not played here");
        }
        _answered.Enqueue(id);
    }

    void Answer(FieldAsk ask, byte[] frame) => SayAfter(ask, _random.Next(Ready, Slowest), frame);

    // What a connection was asked is not answered on the next one.
    void SayAfter(FieldAsk ask, int milliseconds, byte[] frame) => _ = _clock.CreateTimer(
        _ =>
        {
            if (ask.Connection == _link.Opened) Say(frame);
        },
        null, TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);

    void Say(byte[] frame)
    {
        if (_withNext is { } before) (frame, _withNext) = ([.. before, .. frame], null);
        switch (_random.Next(6))
        {
            case 0:
                var cut = _random.Next(1, frame.Length);
                _link.Say(frame[..cut]);
                _link.Say(frame[cut..]);
                break;
            case 1:
                // Not for ever: where no other answer comes, it goes alone.
                _withNext = frame;
                SayRest(_link.Opened);
                break;
            default: _link.Say(frame); break;
        }
    }

    void SayRest(int connection) => _ = _clock.CreateTimer(
        _ =>
        {
            if (_withNext is { } rest && connection == _link.Opened) _link.Say(rest);
            _withNext = null;
        },
        null, TimeSpan.FromMilliseconds(Ready), Timeout.InfiniteTimeSpan);
}
