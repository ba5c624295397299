using System.Globalization;

namespace EnergyWatch.Domain.Time;

/// <summary>A moment in UTC to the millisecond: the precision at which a reading is identified and stored.</summary>
public readonly record struct Instant(long UnixMilliseconds) : IComparable<Instant>
{
    public static Instant From(DateTimeOffset moment) => new(moment.ToUnixTimeMilliseconds());

    /// <summary>The moment as .NET knows it, offset zero. Throws <see cref="ArgumentOutOfRangeException"/> outside year 1 to 9999.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);

    public int CompareTo(Instant other) => UnixMilliseconds.CompareTo(other.UnixMilliseconds);

    public static bool operator <(Instant a, Instant b) => a.UnixMilliseconds < b.UnixMilliseconds;
    public static bool operator >(Instant a, Instant b) => a.UnixMilliseconds > b.UnixMilliseconds;
    public static bool operator <=(Instant a, Instant b) => a.UnixMilliseconds <= b.UnixMilliseconds;
    public static bool operator >=(Instant a, Instant b) => a.UnixMilliseconds >= b.UnixMilliseconds;
    public static TimeSpan operator -(Instant a, Instant b) => TimeSpan.FromMilliseconds(a.UnixMilliseconds - b.UnixMilliseconds);
    public static Instant operator +(Instant a, TimeSpan span) => new(a.UnixMilliseconds + (long)span.TotalMilliseconds);
    public static Instant operator -(Instant a, TimeSpan span) => new(a.UnixMilliseconds - (long)span.TotalMilliseconds);

    /// <summary>RFC 3339 in UTC, for example <c>2026-03-17T06:45:00.000Z</c>.</summary>
    public override string ToString() =>
        ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

public static class InstantClock
{
    /// <summary>The present moment of this clock.</summary>
    public static Instant Now(this TimeProvider clock) => Instant.From(clock.GetUtcNow());
}
