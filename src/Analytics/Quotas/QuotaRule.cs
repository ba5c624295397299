namespace EnergyWatch.Analytics.Quotas;

/// <summary>
/// What the quota of one institution is computed from; amounts in the unit of the indicator that is limited.
/// </summary>
/// <param name="Base">Usage of a whole year that the quota starts from.</param>
/// <param name="AreaRatio">
/// Floor area in the quota's year over that of the base; null where unknown: nothing follows from it.
/// </param>
/// <param name="HeadRatio">The same for the users of energy.</param>
/// <param name="Tier">
/// How much of the county's reduction this institution bears: 1 is all of it, 0 none, 1.5 half as much again.
/// </param>
public sealed record QuotaInput(string Institution, double Base, double? AreaRatio, double? HeadRatio, double Tier = 1);

/// <summary>
/// How strongly a quota follows floor area and users of energy, 0 to 1 each; what is left of 1 does not move.
/// </summary>
public sealed record QuotaWeights(double Area, double Head)
{
    public static QuotaWeights Even { get; } = new(0.5, 0.5);
}

/// <param name="Demand">The base carried to the quota's year by area and heads.</param>
/// <param name="Raw">After the reduction.</param>
/// <param name="Scaled">
/// After the county's cap; equal to <paramref name="Raw"/> where there is none or it is not reached.
/// </param>
/// <param name="Amount">The quota: whole units.</param>
public sealed record QuotaShare(string Institution, double Demand, double Raw, double Scaled, double Amount);

/// <summary>
/// The rule by which a county's reduction becomes institutions' quotas (notes: no standard gives one). With base E,
/// area A, heads P, reduction R and tier k: <c>D = E·(1 + wA·(At/Ab − 1) + wP·(Pt/Pb − 1))</c>,
/// <c>raw = D·(1 − R·k)</c>, and where the raw quotas together exceed the cap, each is scaled by cap/Σraw: those that
/// bear no reduction (k = 0) as well, since the cap binds all.
/// </summary>
public static class QuotaRule
{
    /// <param name="reduction">The county's reduction against the base, as a share: 0.011 for 1.1 %.</param>
    /// <param name="cap">What the quotas may be together; null for no limit.</param>
    public static IReadOnlyList<QuotaShare> Allocate(
        IReadOnlyList<QuotaInput> inputs, QuotaWeights weights, double reduction, double? cap)
    {
        var raw = inputs.Select(input => Raw(input, weights, reduction)).ToList();
        var sum = raw.Sum(share => share.Raw);
        if (cap is not { } limit) return raw;
        // Rounding up alone can pass a cap that the exact quotas keep.
        if (sum <= limit && raw.Sum(share => share.Amount) <= Math.Floor(limit)) return raw;
        var scaled = sum <= limit ? raw : raw.ConvertAll(share => share with { Scaled = share.Raw * limit / sum });
        return ToWholeUnits(scaled, Math.Floor(limit));
    }

    static QuotaShare Raw(QuotaInput input, QuotaWeights weights, double reduction)
    {
        var growth = weights.Area * ((input.AreaRatio ?? 1) - 1) + weights.Head * ((input.HeadRatio ?? 1) - 1);
        var demand = input.Base * (1 + growth);
        var raw = demand * (1 - reduction * input.Tier);
        return new QuotaShare(input.Institution, demand, raw, raw, Round(raw));
    }

    // Rounded one by one, the quotas may miss the cap by a few units. Those that lost most by rounding get one more,
    // those that won most one less, until the sum is the cap to the unit; equal cases by code, so that a repeated run
    // decides the same.
    static List<QuotaShare> ToWholeUnits(List<QuotaShare> shares, double total)
    {
        var rounded = shares.ConvertAll(share => share with { Amount = Round(share.Scaled) });
        var missing = (int)Math.Clamp(total - rounded.Sum(share => share.Amount), -shares.Count, shares.Count);
        var step = Math.Sign(missing);
        var next = rounded
            .OrderByDescending(share => step * (share.Scaled - share.Amount))
            .ThenBy(share => share.Institution, StringComparer.Ordinal)
            .Take(Math.Abs(missing)).Select(share => share.Institution).ToHashSet();
        return rounded.ConvertAll(share =>
            next.Contains(share.Institution) ? share with { Amount = share.Amount + step } : share);
    }

    static double Round(double amount) => Math.Round(amount, MidpointRounding.AwayFromZero);
}
