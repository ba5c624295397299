using EnergyWatch.Analytics.Quotas;

namespace EnergyWatch.Analytics.Notices;

/// <summary>Everything a quota notice says; from the same content come the same bytes.</summary>
/// <param name="Year">The year of the quotas; <paramref name="Month"/> is the last month that is reported on.</param>
/// <param name="Replaces">Number of the notice this one takes the place of, or null.</param>
/// <param name="Denominators">Floor area, users of energy: what they are, since when.</param>
/// <param name="Caliber">Title and id of the caliber of all figures.</param>
/// <param name="Url">Where it is read after logging in.</param>
public sealed record NoticeContent(
    string Id,
    string Number,
    int Version,
    string? Replaces,
    string Issuer,
    string Contact,
    string Institution,
    int Year,
    int Month,
    IReadOnlyList<NoticeRow> Rows,
    IReadOnlyList<NoticeDenominator> Denominators,
    string Caliber,
    DateOnly IssuedOn,
    string Url)
{
    public string Title => $"关于{Institution}{Year}年{Month}月能耗定额执行情况的通知";
}

/// <summary>One indicator under quota; amounts in its unit, shares of the year's quota.</summary>
/// <param name="UsedInMonth">Null where it is not known.</param>
/// <param name="Used">From January to the end of the month; null where it is not known.</param>
/// <param name="Exhausted">
/// The day by which the quota will be used up at this pace; null where it lasts, or without a verdict.
/// </param>
/// <param name="Basis">The sentence that explains the quota.</param>
public sealed record NoticeRow(
    string Indicator,
    double Quota,
    int QuotaVersion,
    double? UsedInMonth,
    double? Used,
    double? Share,
    double PaceShare,
    double Coverage,
    QuotaStatus Status,
    DateOnly? Exhausted,
    string Basis);

public sealed record NoticeDenominator(string What, double Value, string Unit, DateOnly Since);
