using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// Reads what evaluations need from the usage ledger, one institution at a time, so that memory does not grow with the
/// county.
/// </summary>
public sealed class CountyFigures(
    IRegistry registry, ICalibers calibers, IUsageLedger ledger, ReportingCalendar calendar)
{
    /// <summary>
    /// An evaluation of a period up to a moment on the registry of now, under a caliber (null: the default one).
    /// </summary>
    public Evaluation Evaluation(NamedPeriod period, Instant asOf, Caliber? caliber = null) =>
        new(registry.Current, calendar, caliber ?? calibers.Default, period, asOf);

    /// <summary>
    /// The figures of these institutions (null: all) in one evaluation; hand them to <see
    /// cref="DualControlIndicators"/>.
    /// </summary>
    public async Task<IReadOnlyList<InstitutionFigures>> ReadAsync(
        Evaluation evaluation, IReadOnlyCollection<string>? institutions, CancellationToken stop)
    {
        var read = await ReadAsync([evaluation], institutions, stop);
        return read[0];
    }

    /// <summary>
    /// The same for several evaluations that differ in period only, reading each institution's days once.
    /// </summary>
    public async Task<IReadOnlyList<IReadOnlyList<InstitutionFigures>>> ReadAsync(
        IReadOnlyList<Evaluation> evaluations, IReadOnlyCollection<string>? institutions, CancellationToken stop)
    {
        var snapshot = evaluations[0].Registry;
        var span = new Period(
            evaluations.Min(one => one.Period.Period.From), evaluations.Max(one => one.Period.Period.To));
        var figures = evaluations.Select(_ => new List<InstitutionFigures>()).ToList();
        foreach (var institution in snapshot.Institutions)
        {
            if (institutions is not null && !institutions.Contains(institution.Code)) continue;
            var meters = InstitutionFigures.MetersOf(snapshot, institution.Code);
            var usage = new DayUsage(meters.Count > 0 ? await ledger.DaysAsync(meters, span, stop) : [], calendar);
            foreach (var (evaluation, list) in evaluations.Zip(figures))
                if (IsOpen(institution, evaluation)) list.Add(InstitutionFigures.Of(evaluation, institution, usage));
        }
        return figures;
    }

    // An institution that was not there on any day of the period has no part in it.
    static bool IsOpen(Institution institution, Evaluation evaluation) =>
        institution.Facts.Spans(evaluation.Period.FirstDay, evaluation.EndDay).Any(span => span.Fact is not null);
}
