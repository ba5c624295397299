using System.Globalization;

namespace EnergyWatch.Analytics.Usage;

/// <summary>Sentences with numbers that read the same on every machine.</summary>
static class Said
{
    public static string Invariant(FormattableString sentence) => sentence.ToString(CultureInfo.InvariantCulture);

    /// <summary>A length of time in the two largest units that matter, for example <c>3 d 4 h</c>.</summary>
    public static string Length(long milliseconds)
    {
        var span = TimeSpan.FromMilliseconds(milliseconds);
        return span.TotalDays >= 1 ? Invariant($"{span.Days} d {span.Hours} h")
            : span.TotalHours >= 1 ? Invariant($"{span.Hours} h {span.Minutes} min")
            : Invariant($"{span.Minutes} min {span.Seconds} s");
    }
}
