using System.Runtime.InteropServices;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Gateways;

/// <summary>How far a gateway's clock is from ours.</summary>
/// <param name="Ms">Milliseconds; positive where its clock is ahead.</param>
/// <param name="Messages">How many live messages that was judged by.</param>
/// <param name="At">Arrival of the last of them.</param>
public sealed record ClockDrift(long Ms, int Messages, Instant At)
{
    /// <summary>An estimate older than this says nothing any more.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(24);

    static readonly TimeSpan LeastTolerance = TimeSpan.FromSeconds(1);
    const double Tolerance = 0.1;

    /// <summary>
    /// The drift that the last messages show, or null where none of them is known to be live. A message is live when
    /// <list type="bullet">
    /// <item>its own time lies ahead of its arrival: that is never lateness; or</item>
    /// <item>since the message before it, its own time went on as fast as ours, within 1 s or 10 %. A backlog is
    /// delivered faster than it was measured, and repeated or reordered messages do not go on at all.</item>
    /// </list>
    /// A message can be late but never early, so the smaller delays tell the clock: of the delays of the live messages of
    /// the last 24 hours the lower quartile is taken, and not the least, so that one wrong time cannot decide.
    /// </summary>
    /// <param name="messages">In order of arrival.</param>
    public static ClockDrift? Of(ReadOnlySpan<TimedMessage> messages, Instant now)
    {
        var delays = new List<double>(messages.Length);
        var last = default(Instant);
        for (var i = 0; i < messages.Length; i++)
        {
            var message = messages[i];
            if (now - message.ArrivedAt > Window || !IsLive(message, i > 0 ? messages[i - 1] : null)) continue;
            delays.Add((message.ArrivedAt - message.OwnTime).TotalMilliseconds);
            last = message.ArrivedAt;
        }
        if (delays.Count == 0) return null;
        CollectionsMarshal.AsSpan(delays).Sort();
        return new ClockDrift(-(long)delays[(delays.Count - 1) / 4], delays.Count, last);
    }

    static bool IsLive(TimedMessage message, TimedMessage? before)
    {
        if (message.OwnTime > message.ArrivedAt) return true;
        if (before is not { } earlier) return false;
        var passed = message.ArrivedAt - earlier.ArrivedAt;
        var wentOn = message.OwnTime - earlier.OwnTime;
        var tolerance = passed * Tolerance;
        if (tolerance < LeastTolerance) tolerance = LeastTolerance;
        return wentOn > TimeSpan.Zero && (wentOn - passed).Duration() <= tolerance;
    }
}

/// <summary>When a message was sent by its sender's clock, and when it arrived by ours.</summary>
public readonly record struct TimedMessage(Instant OwnTime, Instant ArrivedAt);

/// <summary>
/// The last messages of one gateway that carried a time: one a second at most, the freshest of that second, so that a
/// burst does not push out the rest. Adding allocates nothing.
/// </summary>
public sealed class TimedMessages
{
    const int Most = 32;

    static readonly TimeSpan Apart = TimeSpan.FromSeconds(1);

    readonly TimedMessage[] _ring = new TimedMessage[Most];
    int _count;
    int _next;

    public void Add(TimedMessage message)
    {
        if (_count > 0)
        {
            ref var last = ref _ring[(_next + Most - 1) % Most];
            var apart = message.ArrivedAt - last.ArrivedAt;
            if (apart >= TimeSpan.Zero && apart < Apart)
            {
                if (message.OwnTime - last.OwnTime > apart) last = message;
                return;
            }
        }
        _ring[_next] = message;
        _next = (_next + 1) % Most;
        if (_count < Most) _count++;
    }

    public ClockDrift? Drift(Instant now)
    {
        Span<TimedMessage> inOrder = stackalloc TimedMessage[Most];
        for (var i = 0; i < _count; i++) inOrder[i] = _ring[(_next - _count + i + Most) % Most];
        return ClockDrift.Of(inOrder[.._count], now);
    }
}
