using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Quotas;

/// <summary>
/// What an institution may use in a year, with the pace at which it is expected to. Never changed: another amount is
/// the next version.
/// </summary>
/// <param name="Indicator">What is limited: <c>energy_total</c>, <c>electricity_total</c>, <c>water_total</c>.</param>
/// <param name="Amount">For the whole year, in <paramref name="Unit"/>.</param>
/// <param name="Pace">Share of the year's amount that is expected in each month, January first; sums to 1.</param>
/// <param name="Basis">One sentence that says how the amount came about.</param>
/// <param name="Version">From 1 per (institution, year, indicator).</param>
public sealed record Quota(
    string Institution, int Year, string Indicator, double Amount, string Unit, IReadOnlyList<double> Pace,
    string CaliberId,
    string Basis, int Version, Instant SetAt, string SetBy);

/// <summary>Keeps quotas: every version; the highest is in force.</summary>
public interface IQuotaStore
{
    /// <summary>
    /// Adds a version per quota, unless amount, pace and basis are those in force; returns what is in force afterwards.
    /// </summary>
    ValueTask<IReadOnlyList<Quota>> SetAsync(IReadOnlyList<Quota> quotas, CancellationToken stop);

    /// <summary>The quotas in force for the year, of all institutions.</summary>
    ValueTask<IReadOnlyList<Quota>> InForceAsync(int year, CancellationToken stop);
}
