using System.Runtime.InteropServices;
using EnergyWatch.Domain.Ledger;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// Finds the readings of a register that were not its state: dips that climb back (zeros after a restart among them)
/// and bumps that
/// fall back. Both are short episodes that begin and end in one jump; a register that falls and then climbs by many
/// small steps
/// was reset and counts again.
/// <para>Whether a reading is passed over depends only on readings within <see cref="Span"/> or <see cref="Readings"/>
/// of it,
/// whichever reaches further, and that much again for an episode next to it. So a window with that context gives what
/// the whole
/// series gives.</para>
/// </summary>
static class Episodes
{
    /// <summary>An episode lasts at most this long, or …</summary>
    public static readonly TimeSpan Span = TimeSpan.FromHours(24);

    /// <summary>… spans at most this many readings, where they are rare.</summary>
    public const int Readings = 6;

    static readonly long SpanMs = (long)Span.TotalMilliseconds;

    /// <summary>
    /// The points without those of episodes, in order; one decision per episode. The first and the last point always
    /// stay.
    /// </summary>
    public static List<RegisterPoint> Remove(List<RegisterPoint> points, List<Decision> decisions)
    {
        if (!Falls(CollectionsMarshal.AsSpan(points))) return points;
        var climbing = WithoutDips(CollectionsMarshal.AsSpan(points), decisions);
        return WithoutBumps(CollectionsMarshal.AsSpan(climbing), decisions);
    }

    static bool Falls(ReadOnlySpan<RegisterPoint> points)
    {
        for (var i = 1; i < points.Length; i++)
            if (points[i].Value < points[i - 1].Value) return true;
        return false;
    }

    static List<RegisterPoint> WithoutDips(ReadOnlySpan<RegisterPoint> points, List<Decision> decisions)
    {
        var kept = new List<RegisterPoint>(points.Length);
        for (var i = 0; i < points.Length; i++)
        {
            if (i > 0 && points[i].Value < points[i - 1].Value && Return(points, i - 1) is { } back)
            {
                decisions.Add(Dip(points[i - 1], points[i..back], points[back]));
                i = back;
            }
            kept.Add(points[i]);
        }
        return kept;
    }

    // The first later point at or above the base, if it comes soon enough and the way back was made mostly in one jump.
    static int? Return(ReadOnlySpan<RegisterPoint> points, int @base)
    {
        var start = points[@base];
        var lowest = start.Value;
        var jump = 0.0;
        for (var i = @base + 1; i < points.Length && Near(points, @base, i); i++)
        {
            lowest = Math.Min(lowest, points[i].Value);
            jump = Math.Max(jump, points[i].Value - points[i - 1].Value);
            if (points[i].Value >= start.Value) return jump >= (start.Value - lowest) / 2 ? i : null;
        }
        return null;
    }

    static List<RegisterPoint> WithoutBumps(ReadOnlySpan<RegisterPoint> points, List<Decision> decisions)
    {
        var passed = new bool[points.Length];
        for (var i = 1; i < points.Length; i++)
        {
            if (points[i].Value >= points[i - 1].Value || Foot(points, i) is not { } foot) continue;
            decisions.Add(Bump(points[foot], points[(foot + 1)..i], points[i]));
            passed.AsSpan((foot + 1)..i).Fill(true);
        }
        var kept = new List<RegisterPoint>(points.Length);
        for (var i = 0; i < points.Length; i++)
            if (!passed[i]) kept.Add(points[i]);
        return kept;
    }

    // The last earlier point at or below where the register fell to, if it is near and the way up was made mostly in
    // one jump.
    static int? Foot(ReadOnlySpan<RegisterPoint> points, int fallen)
    {
        var highest = points[fallen].Value;
        var jump = 0.0;
        for (var i = fallen - 1; i >= 0 && Near(points, i, fallen); i--)
        {
            highest = Math.Max(highest, points[i].Value);
            if (i + 1 < fallen) jump = Math.Max(jump, points[i + 1].Value - points[i].Value);
            if (points[i].Value <= points[fallen].Value) return jump >= (highest - points[fallen].Value) / 2 ? i : null;
        }
        return null;
    }

    static bool Near(ReadOnlySpan<RegisterPoint> points, int from, int to) =>
        to - from <= Readings || points[to].At - points[from].At <= SpanMs;

    static Decision Dip(RegisterPoint before, ReadOnlySpan<RegisterPoint> dip, RegisterPoint after)
    {
        var zeros = true;
        foreach (var point in dip) zeros &= point.Value == 0;
        var code = zeros ? UsageFindingCodes.ZeroBurst : UsageFindingCodes.Dip;
        return new Decision(dip[0].At, code, Said.Invariant(
            $"{dip.Length} reading(s) from {dip[0].Value:0.###} on lie below {before.Value:0.###} and the register came back to {after.Value:0.###}: passed over"));
    }

    static Decision Bump(RegisterPoint before, ReadOnlySpan<RegisterPoint> bump, RegisterPoint after) =>
        new(bump[0].At, UsageFindingCodes.Spike, Said.Invariant(
            $"{bump.Length} reading(s) from {bump[0].Value:0.###} on rise above {before.Value:0.###} and the register came back to {after.Value:0.###}: passed over"));
}
