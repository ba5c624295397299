namespace EnergyWatch.Analytics.Quotas;

/// <summary>
/// An institution that may get a quota: its base, and its denominators over the base and over the quota's year.
/// </summary>
sealed record QuotaCase(string Institution, QuotaBase Base, QuotaDenominators Before, QuotaDenominators After)
{
    public QuotaInput Input => new(
        Institution, Base.Amount!.Value, Ratio(After.Area, Before.Area), Ratio(After.Heads, Before.Heads));

    static double? Ratio(double? after, double? before) => before > 0 ? after / before : null;
}

/// <summary>Mean floor area (m²) and users of energy over some days; null where no day has a fact.</summary>
sealed record QuotaDenominators(double? Area, double? Heads);
