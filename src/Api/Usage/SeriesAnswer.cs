using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Usage;

/// <summary>
/// A usage series (contract section 5). Hours carry <c>stepSec</c>, calendar grains the starts in <c>t</c>. <c>v</c> is null where nothing is
/// known, and then the step lies in <c>gaps</c>.
/// </summary>
sealed record SeriesAnswer(
    Instant Start, int? StepSec, IReadOnlyList<Instant>? T, string Unit, string Agg, IReadOnlyList<double?> V,
    IReadOnlyList<double> Coverage, IReadOnlyList<string[]> Gaps, IReadOnlyList<string[]> Estimated)
{
    public static SeriesAnswer Of(Grain grain, string unit, IReadOnlyList<UsageStep> steps)
    {
        var isHourly = grain == Grain.Hour;
        return new SeriesAnswer(
            steps[0].Step.From, isHourly ? 3600 : null, isHourly ? null : [.. steps.Select(step => step.Step.From)], unit, "sum",
            [.. steps.Select(step => step.Amount)], [.. steps.Select(step => step.Coverage)],
            [.. Runs(steps, step => step.Amount is null).Select(run => new[] { run.From.ToString(), run.To.ToString(), MissingReason.NoData })],
            [.. Runs(steps, step => step.Estimated > 0).Select(run => new[] { run.From.ToString(), run.To.ToString() })]);
    }

    static IEnumerable<Period> Runs(IReadOnlyList<UsageStep> steps, Func<UsageStep, bool> belongs)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            if (!belongs(steps[i])) continue;
            var first = i;
            while (i + 1 < steps.Count && belongs(steps[i + 1])) i++;
            yield return new Period(steps[first].Step.From, steps[i].Step.To);
        }
    }
}
