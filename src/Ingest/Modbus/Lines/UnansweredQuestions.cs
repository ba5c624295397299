using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>
/// Questions without an answer on a line whose answers carry no id. An answer may still be on its way, and hanging up does not stop it:
/// the meter answers onto the bus, and a serial server hands that to whoever is connected then. Two things keep it from being taken
/// for the answer to a later question:
/// <para>The line must have been quiet for a response timeout before anything else is asked; what comes meanwhile is thrown away.</para>
/// <para>A meter that lets one wait for longer than that would still slip through where the next question has an answer of the same
/// kind. So it is first asked for fewer of the same registers: meters answer in order, so that this answer shows that none is left before
/// it, and an older one has the wrong length and is seen. Where there are no fewer, or the meter refuses them (a refusal has no length of
/// its own), it is left alone until nothing was asked for <see cref="Longest"/>: nobody answers later than that.</para>
/// </summary>
sealed class UnansweredQuestions(TimeProvider clock)
{
    const int MostRefusals = 4;
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    readonly Dictionary<(ulong Meter, MeterProtocol Protocol), Debt> _debts = [];
    uint _turn;

    /// <summary>How long the line must be quiet before the next question; null where nothing is in the way.</summary>
    public TimeSpan? Quiet { get; private set; }

    public bool Any => _debts.Count > 0;

    /// <summary>Bytes came that nobody had asked for.</summary>
    public void Disturbed(TimeSpan quiet) => Quiet = Quiet > quiet ? Quiet : quiet;

    /// <summary>A question got no answer that can be trusted.</summary>
    public void Add(MeterRequest question, TimeSpan quiet)
    {
        foreach (var (meter, debt) in _debts)
            if (IsPast(debt)) _debts.Remove(meter);
        if (!_debts.TryGetValue(MeterOf(question), out var own)) _debts.Add(MeterOf(question), own = new());
        own.Add(question, clock.GetTimestamp());
        Disturbed(quiet);
    }

    public void LineWasQuiet() => Quiet = null;

    /// <summary>The meter answered, so it is done with all before; unless what came may be the refusal of one of those.</summary>
    public void Answered(MeterRequest question, ModbusExceptionCode refusal)
    {
        if (!_debts.TryGetValue(MeterOf(question), out var debt)) return;
        if (refusal == ModbusExceptionCode.None || IsPast(debt) || !debt.HasKind(question))
        {
            _debts.Remove(MeterOf(question));
            return;
        }
        debt.Add(question, clock.GetTimestamp());
        debt.Refusals++;
    }

    /// <summary>Whether a question may be asked now.</summary>
    /// <param name="readsMore">Whether other registers may be asked for, too.</param>
    /// <param name="first">What must be answered before it; null where no late answer could pass for its own.</param>
    /// <returns>False where the meter may have answers left to give that could not be told apart.</returns>
    public bool MayAsk(MeterRequest next, bool readsMore, out MeterRequest? first)
    {
        first = null;
        if (next.Protocol != MeterProtocol.Modbus || !next.IsRead) return true;
        if (!_debts.TryGetValue(MeterOf(next), out var debt) || IsPast(debt) || !debt.HasKind(next)) return true;
        if (debt.Refusals >= MostRefusals) return false;
        var probe = readsMore && debt.Refusals > 0 ? next with { Function = OtherTable(next.Function) } : next;
        var step = StepOf(next);
        var choices = readsMore ? MeterRequest.MaxWords : (next.Count - 1) / step;
        for (var tries = 0; tries < choices; tries++)
        {
            // In turn, so that what was asked lately is not asked again while its answer may come.
            var other = probe with { Count = (ushort)(step * (1 + _turn++ % choices)) };
            if (other.DataLength == next.DataLength || ModbusPdu.Objection(other) is not null || debt.HasLength(other)) continue;
            first = other;
            return true;
        }
        return false;
    }

    bool IsPast(Debt debt) => clock.GetElapsedTime(debt.At) > Longest;

    // Of registers that are read in pairs no half; of bits what makes another number of bytes.
    static int StepOf(MeterRequest next) => next.ReadsBits ? 8 : next.Count > 2 && next.Count % 2 == 0 ? 2 : 1;

    static (ulong, MeterProtocol) MeterOf(MeterRequest question) => (question.Meter, question.Protocol);

    static MeterFunction OtherTable(MeterFunction function) => function switch
    {
        MeterFunction.Coils => MeterFunction.DiscreteInputs,
        MeterFunction.DiscreteInputs => MeterFunction.Coils,
        MeterFunction.HoldingRegisters => MeterFunction.InputRegisters,
        _ => MeterFunction.HoldingRegisters,
    };

    /// <summary>What one meter may still answer.</summary>
    sealed class Debt
    {
        readonly List<MeterRequest> _questions = [];

        /// <summary>Timestamp of the last of them.</summary>
        public long At { get; private set; }

        /// <summary>How many refusals came of which nobody can say what they refuse.</summary>
        public int Refusals { get; set; }

        public void Add(MeterRequest question, long now)
        {
            if (!_questions.Contains(question)) _questions.Add(question);
            At = now;
        }

        public bool HasKind(MeterRequest question)
        {
            foreach (var known in _questions)
                if (known.Function == question.Function) return true;
            return false;
        }

        public bool HasLength(MeterRequest question)
        {
            foreach (var known in _questions)
                if (known.Function == question.Function && known.DataLength == question.DataLength) return true;
            return false;
        }
    }
}
