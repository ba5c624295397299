using System.Globalization;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>An institution that got no quota, and why: one of <see cref="MissingReason"/>.</summary>
public sealed record QuotaSkipped(string Institution, string Indicator, string Reason);

/// <param name="Set">
/// Quotas that were set or changed by this run; those in force before and left alone are not among them.
/// </param>
public sealed record QuotaSettingOutcome(int Year, IReadOnlyList<Quota> Set, IReadOnlyList<QuotaSkipped> Skipped);

/// <summary>
/// Sets the quotas of a year by <see cref="QuotaRule"/> for the institutions that have a base. Exceptions travel to the
/// caller.
/// </summary>
public sealed class QuotaSetting
{
    readonly QuotaCases _cases;
    readonly IQuotaStore _quotas;
    readonly IAuditLog _audit;
    readonly TimeProvider _clock;
    readonly QuotaOptions _options;

    internal QuotaSetting(QuotaCases cases, IQuotaStore quotas, IAuditLog audit, TimeProvider clock,
        QuotaOptions options) =>
        (_cases, _quotas, _audit, _clock, _options) = (cases, quotas, audit, clock, options);

    /// <summary>
    /// Sets quotas for those that have none in the year; a county's cap is what the others have left of it. Quotas in
    /// force stay as they are, so it may be run any day.
    /// </summary>
    public ValueTask<QuotaSettingOutcome> SetMissingAsync(int year, string by, CancellationToken stop) =>
        RunAsync(year, revise: false, by, stop);

    /// <summary>
    /// Sets all quotas of the year anew: one that comes out differently becomes the next version. One in force whose
    /// institution has no base any more stays, and the others share what it leaves of the cap.
    /// </summary>
    public ValueTask<QuotaSettingOutcome> ReviseAsync(int year, string by, CancellationToken stop) =>
        RunAsync(year, revise: true, by, stop);

    async ValueTask<QuotaSettingOutcome> RunAsync(int year, bool revise, string by, CancellationToken stop)
    {
        var inForce = await _quotas.InForceAsync(year, stop);
        var set = new List<Quota>();
        var skipped = new List<QuotaSkipped>();
        foreach (var indicator in _options.Indicators)
        {
            var before = inForce.Where(quota => quota.Indicator == indicator).ToList();
            var without = revise ? [] : before.Select(quota => quota.Institution).ToHashSet();
            var cases = await _cases.LoadAsync(indicator, year, _clock.Now(), without, stop);
            skipped.AddRange(cases.Where(found => found.Base.Amount is null)
                .Select(found => new QuotaSkipped(found.Institution, indicator, found.Base.Reason!)));
            var based = cases.Where(found => found.Base.Amount is not null).ToList();
            // What this run leaves as it is takes its part of the cap: one that lost its base keeps its quota.
            var anew = based.Select(found => found.Institution).ToHashSet();
            var kept = before.Where(quota => !anew.Contains(quota.Institution)).Sum(quota => quota.Amount);
            set.AddRange(Compute(indicator, year, based, kept, by));
        }
        if (set.Count == 0) return new QuotaSettingOutcome(year, [], skipped);
        var known = inForce.Select(quota => (quota.Institution, quota.Indicator, quota.Version)).ToHashSet();
        var after = await _quotas.SetAsync(set, stop);
        var changed = after.Where(quota => !known.Contains((quota.Institution, quota.Indicator, quota.Version)))
            .ToList();
        if (changed.Count > 0) await _audit.AddAsync(Entry(year, changed, by), stop);
        return new QuotaSettingOutcome(year, changed, skipped);
    }

    IEnumerable<Quota> Compute(string indicator, int year, List<QuotaCase> cases, double kept, string by)
    {
        var target = QuotaTarget.For(indicator, year, _cases.Targets);
        var cap = target.Cap is { } limit ? Math.Max(0, limit - kept) : (double?)null;
        var unit = IndicatorKeys.Units[indicator];
        var shares = QuotaRule.Allocate(
            cases.ConvertAll(found => found.Input), _options.Weights, target.Reduction, cap);
        return cases.Zip(shares, (found, share) => new Quota(
            found.Institution, year, indicator, share.Amount, unit, MonthlyPace.From(year, found.Base.Months),
            _cases.Caliber.Id,
            QuotaBasis.Say(found, share, target, _options.Weights, cap, unit), 1, _clock.Now(), by));
    }

    AuditEntry Entry(int year, List<Quota> changed, string by)
    {
        var sums = changed.GroupBy(quota => (quota.Indicator, quota.Unit)).Select(group => string.Create(
            CultureInfo.InvariantCulture,
            $"{group.Key.Indicator}: {group.Count()} institutions, "
            + $"{group.Sum(quota => quota.Amount):0} {group.Key.Unit}"));
        return new AuditEntry(0, _clock.Now(), by, "quota.set", $"quotas {year}", null, string.Join("; ", sums));
    }
}
