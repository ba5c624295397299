namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// How many messages a second one connection may go on sending: one that floods is read more slowly, and leaves the
/// processor to the others. Nothing is lost by it; its sender waits. What was not used for a second is let through at
/// once, so that a gateway that brings what it kept is not held up by a pause between.
/// </summary>
/// <param name="rate">Messages a second; 0 is as many as come.</param>
sealed class MessagePace(int rate, TimeProvider clock)
{
    double _left = rate;
    long _at = clock.GetTimestamp();

    /// <summary>So long nothing more is to be read; zero where it is within its rate.</summary>
    public TimeSpan Take(int messages)
    {
        if (rate == 0 || messages == 0) return TimeSpan.Zero;
        var now = clock.GetTimestamp();
        _left = Math.Min(rate, _left + clock.GetElapsedTime(_at, now).TotalSeconds * rate) - messages;
        _at = now;
        return _left < 0 ? TimeSpan.FromSeconds(-_left / rate) : TimeSpan.Zero;
    }
}
