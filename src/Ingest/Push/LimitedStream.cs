using System.Globalization;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Passes so many bytes and no more: a read that shows that there are more throws <see cref="BodyTooLargeException"/>.
/// </summary>
sealed class LimitedStream(Stream inner, long limit, string what) : PassingStream(inner)
{
    long _read;

    protected override void Pass(ReadOnlySpan<byte> bytes)
    {
        _read += bytes.Length;
        if (_read > limit) throw new BodyTooLargeException(what, limit);
    }
}

/// <summary>A body is larger than it may be.</summary>
sealed class BodyTooLargeException(string what, long limit)
    : Exception(string.Create(
        CultureInfo.InvariantCulture, $"The {what} is larger than {limit} bytes: send it in parts."));
