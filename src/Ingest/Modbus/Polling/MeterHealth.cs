namespace EnergyWatch.Ingest.Modbus.Polling;

enum ContactState
{
    /// <summary>Never asked, or asked too seldom to say.</summary>
    Unknown,
    /// <summary>The last question was answered, be it with an exception.</summary>
    Answering,
    /// <summary>The last questions were not answered; too few, or for too short a time, to call it dead.</summary>
    Failing,
    /// <summary>Silent for long and for many questions.</summary>
    Dead,
}

/// <summary>Pauses after failures, and when silence means death: both by count and by time.</summary>
readonly record struct BackOff(TimeSpan First, TimeSpan Longest, int DeadAfterFailures, TimeSpan DeadAfter)
{
    static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    /// <summary>The rule of the options; a pause of nothing would let a dead meter take all of its bus.</summary>
    public static BackOff From(ModbusOptions options)
    {
        var first = options.BackOff > Shortest ? options.BackOff : Shortest;
        return new(first, options.MaxBackOff > first ? options.MaxBackOff : first, options.DeadAfterFailures, options.DeadAfter);
    }

    /// <summary>The same with a longest pause of its own.</summary>
    public BackOff UpTo(TimeSpan longest) => this with { Longest = longest > First ? longest : First };

    /// <summary>The pause after so many failures in a row: doubles, up to the longest.</summary>
    public TimeSpan After(int failures) =>
        TimeSpan.FromTicks((long)Math.Min(First.Ticks * Math.Pow(2, Math.Clamp(failures - 1, 0, 40)), Longest.Ticks));
}

/// <summary>State of one unit, or of one endpoint: a machine without input or output, moved by what happened and when.</summary>
sealed class MeterHealth(BackOff rule)
{
    TimeSpan? _silentSince;

    public ContactState State { get; private set; }

    /// <summary>Questions without an answer since the last answer.</summary>
    public int Failures { get; private set; }

    /// <summary>An answer came.</summary>
    /// <returns>True where it had been dead: worth telling.</returns>
    public bool Answered()
    {
        var back = State == ContactState.Dead;
        (State, Failures, _silentSince) = (ContactState.Answering, 0, null);
        return back;
    }

    /// <summary>No answer came.</summary>
    /// <param name="now">On the steady clock: a clock that is set kills nobody.</param>
    /// <returns>True where this makes it dead: worth telling, once.</returns>
    public bool Failed(TimeSpan now)
    {
        Failures++;
        var since = _silentSince ??= now;
        if (State == ContactState.Dead) return false;
        State = Failures >= rule.DeadAfterFailures && now - since >= rule.DeadAfter ? ContactState.Dead : ContactState.Failing;
        return State == ContactState.Dead;
    }

    /// <summary>How long to leave it alone now.</summary>
    public TimeSpan Pause => Failures == 0 ? TimeSpan.Zero : rule.After(Failures);
}
