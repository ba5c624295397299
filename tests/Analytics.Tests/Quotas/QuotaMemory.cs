using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Quotas;

/// <summary>Quotas, indicator values, calibers and the audit, as their ports describe them, in memory.</summary>
sealed class QuotaMemory : IQuotaStore, IIndicatorStore, ICalibers, IAuditLog
{
    public const string CaliberId = "statutory@1";

    readonly List<Quota> _quotas = [];

    public List<IndicatorValue> Values { get; } = [];

    public List<AuditEntry> Audit { get; } = [];

    /// <summary>How often indicator values were asked for.</summary>
    public int Lookups { get; private set; }

    public Caliber Default { get; } = new(
        "statutory", 1, "法定统计口径", new DateOnly(2020, 1, 1), "测试", [],
        new DenominatorRule(new Dictionary<string, double> { ["staff"] = 1, ["student"] = 0.5 }, "测试"),
        new CaliberRules(true, true));

    public IReadOnlyList<Caliber> All => [Default];

    public Caliber? Find(string nameOrId) => nameOrId == CaliberId ? Default : null;

    /// <summary>
    /// A value of an institution for a period: what the indicator job would have saved, long after its end.
    /// </summary>
    public QuotaMemory With(
        string institution, string period, double? value, double coverage = 1,
        string indicator = IndicatorKeys.EnergyTotal, string? reason = null, Instant? asOf = null)
    {
        Values.Add(new IndicatorValue(
            Values.Count + 1, institution, indicator, period, value, IndicatorKeys.Units[indicator], coverage, 0,
            reason, asOf ?? Some.At("2099-01-01T00:00:00+08:00"), CaliberId, 1, 1, Derivation.None("")));
        return this;
    }

    /// <summary>A year that was measured whole, in twelve even months.</summary>
    public QuotaMemory WithYear(string institution, int year, double value, double coverage = 1)
    {
        With(institution, $"{year}", value, coverage);
        for (var month = 1; month <= 12; month++) With(institution, $"{year}-{month:00}", value / 12, coverage);
        return this;
    }

    public QuotaMemory WithMonths(
        string institution, int year, IEnumerable<double?> months, string indicator = IndicatorKeys.EnergyTotal)
    {
        foreach (var (month, value) in months.Index())
            With(institution, $"{year}-{month + 1:00}", value, value is null ? 0 : 1, indicator,
                value is null ? MissingReason.NoData : null);
        return this;
    }

    public ValueTask<IReadOnlyList<IndicatorValue>> FindAsync(
        IReadOnlyCollection<string> scopes, IReadOnlyCollection<string> periods, string caliberId,
        IReadOnlyCollection<string>? indicators, CancellationToken stop)
    {
        Lookups++;
        var found = Values.Where(value => scopes.Contains(value.Scope) && periods.Contains(value.Period)
            && value.CaliberId == caliberId && (indicators is null || indicators.Contains(value.Indicator)));
        return ValueTask.FromResult<IReadOnlyList<IndicatorValue>>([.. found]);
    }

    public ValueTask<IReadOnlyList<Quota>> SetAsync(IReadOnlyList<Quota> quotas, CancellationToken stop)
    {
        foreach (var quota in quotas)
        {
            var before = InForce(quota.Year).FirstOrDefault(one => Key(one) == Key(quota));
            if (before is not null && before.Amount == quota.Amount && before.Basis == quota.Basis
                && before.Pace.SequenceEqual(quota.Pace))
                continue;
            _quotas.Add(quota with { Version = (before?.Version ?? 0) + 1 });
        }
        return ValueTask.FromResult<IReadOnlyList<Quota>>(
            [.. quotas.Select(quota => InForce(quota.Year).First(one => Key(one) == Key(quota)))]);
    }

    public ValueTask<IReadOnlyList<Quota>> InForceAsync(int year, CancellationToken stop) =>
        ValueTask.FromResult<IReadOnlyList<Quota>>(InForce(year));

    public ValueTask AddAsync(AuditEntry entry, CancellationToken stop)
    {
        Audit.Add(entry);
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<AuditEntry>> ListAsync(int limit, long? before, CancellationToken stop) =>
        ValueTask.FromResult<IReadOnlyList<AuditEntry>>(Audit);

    public ValueTask<IndicatorValue?> GetAsync(long id, CancellationToken stop) =>
        ValueTask.FromResult(Values.FirstOrDefault(value => value.Id == id));

    public ValueTask SaveAsync(IReadOnlyList<IndicatorValue> values, CancellationToken stop)
    {
        Values.AddRange(values);
        return ValueTask.CompletedTask;
    }

    List<Quota> InForce(int year) =>
        [.. _quotas.Where(quota => quota.Year == year).GroupBy(Key)
            .Select(group => group.MaxBy(quota => quota.Version)!)];

    static (string, int, string) Key(Quota quota) => (quota.Institution, quota.Year, quota.Indicator);
}
