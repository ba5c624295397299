using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>
/// Questions without an answer on a line whose answers carry no id. An answer may still be on its way, and hanging up does not stop it:
/// the meter answers onto the bus, and a serial server hands that to whoever is connected then. Two things keep it from being taken
/// for the answer to a later question:
/// <para>The line must have been quiet for a response timeout before anything else is asked; what comes meanwhile is thrown away.</para>
/// <para>A meter that lets one wait for longer than that would still slip through where the next question has an answer of the same
/// kind. So it is first asked for another number of registers: meters answer in order, so that this answer shows that none is left
/// before it, and an older one has the wrong length and is seen. Nobody answers later than <see cref="Longest"/>.</para>
/// </summary>
sealed class UnansweredQuestions(TimeProvider clock)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    readonly List<(MeterRequest Question, long At)> _open = [];

    /// <summary>How long the line must be quiet before the next question; null where nothing is in the way.</summary>
    public TimeSpan? Quiet { get; private set; }

    /// <summary>Bytes came that nobody had asked for.</summary>
    public void Disturbed(TimeSpan quiet) => Quiet = quiet;

    /// <summary>A question got no answer that can be trusted.</summary>
    public void Add(MeterRequest question, TimeSpan quiet)
    {
        _open.RemoveAll(known => IsPast(known.At));
        _open.Add((question, clock.GetTimestamp()));
        Quiet = quiet;
    }

    public void LineWasQuiet() => Quiet = null;

    /// <summary>The meter answered, so it is done with all before.</summary>
    public void Answered(MeterRequest question)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
            if (_open[i].Question.Meter == question.Meter && _open[i].Question.Protocol == question.Protocol) _open.RemoveAt(i);
    }

    /// <summary>The question that must be answered before this one; null where no late answer could pass for this one's.</summary>
    public MeterRequest? Before(MeterRequest next)
    {
        if (_open.Count == 0 || next.Protocol != MeterProtocol.Modbus || !next.IsRead) return null;
        var taken = new HashSet<int>();
        foreach (var (question, at) in _open)
            if (question.Meter == next.Meter && question.Function == next.Function && !IsPast(at)) taken.Add(question.DataLength);
        if (taken.Count == 0) return null;
        taken.Add(next.DataLength);
        for (var count = 1; count <= MeterRequest.MaxWords; count++)
        {
            var other = next with { Count = (ushort)count };
            if (!taken.Contains(other.DataLength) && ModbusPdu.Objection(other) is null) return other;
        }
        return null;
    }

    bool IsPast(long at) => clock.GetElapsedTime(at) > Longest;
}
