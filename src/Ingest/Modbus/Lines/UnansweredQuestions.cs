using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>
/// Questions without an answer on a line whose answers carry no id. An answer may still be on its way, and hanging up does not stop it:
/// the meter answers onto the bus, and a serial server hands that to whoever is connected then. Two things keep it from being taken
/// for the answer to a later question:
/// <para>The line must have been quiet for a response timeout before anything else is asked; what comes meanwhile is thrown away.</para>
/// <para>A meter that lets one wait for longer than that would still slip through where the next question has an answer of the same
/// kind. So it is first asked for another number of registers: meters answer in order, so that this answer shows that none is left
/// before it, and an older one has the wrong length and is seen. A refusal has no length of its own: after one, the other table is asked,
/// whose refusals are marked as such. It ends when nothing was asked for <see cref="Longest"/>: nobody answers later than that.</para>
/// </summary>
sealed class UnansweredQuestions(TimeProvider clock)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    readonly List<(MeterRequest Question, long At)> _open = [];
    int _turn;

    /// <summary>How long the line must be quiet before the next question; null where nothing is in the way.</summary>
    public TimeSpan? Quiet { get; private set; }

    public bool Any => _open.Count > 0;

    /// <summary>Bytes came that nobody had asked for.</summary>
    public void Disturbed(TimeSpan quiet) => Quiet = quiet;

    /// <summary>A question got no answer that can be trusted.</summary>
    public void Add(MeterRequest question, TimeSpan quiet)
    {
        _open.RemoveAll(known => IsPast(known.Question));
        _open.Add((question, clock.GetTimestamp()));
        Quiet = quiet;
    }

    public void LineWasQuiet() => Quiet = null;

    /// <summary>The meter answered, so it is done with all before; unless what came may be the refusal of one of those.</summary>
    public void Answered(MeterRequest question, ModbusExceptionCode refusal)
    {
        if (_open.Count == 0) return;
        if (refusal != ModbusExceptionCode.None && IsOpen(question))
        {
            _open.Add((question, clock.GetTimestamp()));
            return;
        }
        for (var i = _open.Count - 1; i >= 0; i--)
            if (IsSameMeter(_open[i].Question, question)) _open.RemoveAt(i);
    }

    /// <summary>Whether a question may be asked now.</summary>
    /// <param name="refused">The last of these was refused.</param>
    /// <param name="first">What must be answered before it; null where no late answer could pass for its own.</param>
    /// <returns>False where the meter has so many answers left to give that none could be told apart.</returns>
    public bool MayAsk(MeterRequest next, bool refused, out MeterRequest? first)
    {
        first = null;
        if (_open.Count == 0 || next.Protocol != MeterProtocol.Modbus || !next.IsRead || IsPast(next) || !IsOpen(next)) return true;
        var probe = refused ? next with { Function = OtherTable(next.Function) } : next;
        for (var tries = 0; tries < MeterRequest.MaxWords; tries++)
        {
            // In turn, so that what was asked lately is not asked again while its answer may come.
            var other = probe with { Count = (ushort)(1 + _turn++ % MeterRequest.MaxWords) };
            if (other.DataLength == next.DataLength || ModbusPdu.Objection(other) is not null) continue;
            if (_open.Exists(known => IsSameKind(known.Question, other) && known.Question.DataLength == other.DataLength)) continue;
            first = other;
            return true;
        }
        return false;
    }

    bool IsOpen(MeterRequest question) => _open.Exists(known => IsSameKind(known.Question, question));

    bool IsPast(MeterRequest question)
    {
        foreach (var (known, at) in _open)
            if (IsSameMeter(known, question) && clock.GetElapsedTime(at) <= Longest) return false;
        return true;
    }

    static bool IsSameMeter(MeterRequest one, MeterRequest other) => one.Meter == other.Meter && one.Protocol == other.Protocol;

    static bool IsSameKind(MeterRequest one, MeterRequest other) => IsSameMeter(one, other) && one.Function == other.Function;

    static MeterFunction OtherTable(MeterFunction function) => function switch
    {
        MeterFunction.Coils => MeterFunction.DiscreteInputs,
        MeterFunction.DiscreteInputs => MeterFunction.Coils,
        MeterFunction.HoldingRegisters => MeterFunction.InputRegisters,
        _ => MeterFunction.HoldingRegisters,
    };
}
