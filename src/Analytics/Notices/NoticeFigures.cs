using System.Globalization;
using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Domain.Indicators;

namespace EnergyWatch.Analytics.Notices;

/// <summary>
/// How figures are written in documents (zh-CN): grouped, rounded half away from zero, missing as a dash and never as
/// 0.
/// </summary>
static class NoticeFigures
{
    public const string Missing = "—";

    /// <summary>
    /// Name and unit of an indicator as documents show them, what to divide the stored value by, and its decimals.
    /// </summary>
    public static (string Name, string Unit, double Divisor, int Decimals) Show(string indicator) => indicator switch
    {
        IndicatorKeys.EnergyTotal => ("综合能耗", "tce", 1000, 2),
        IndicatorKeys.ElectricityTotal => ("用电量", "kWh", 1, 0),
        IndicatorKeys.WaterTotal => ("用水量", "m³", 1, 0),
        _ => (indicator, IndicatorKeys.Units.GetValueOrDefault(indicator, ""), 1, 2),
    };

    public static string Amount(double? value, string indicator)
    {
        var (_, _, divisor, decimals) = Show(indicator);
        return Number(value / divisor, decimals);
    }

    public static string Percent(double? share) => share is null ? Missing : Number(share * 100, 1) + "%";

    /// <summary>
    /// A number that is not zero but would be written so is written as less than the smallest that shows.
    /// </summary>
    public static string Number(double? value, int decimals)
    {
        if (value is not { } known) return Missing;
        if (Math.Abs(known) >= 1e15) return Beyond(known);
        var rounded = decimal.Round((decimal)known, decimals, MidpointRounding.AwayFromZero);
        if (rounded == 0 && known != 0)
            return (known < 0 ? "\u2212" : "") + "<" + Grouped(1m / (decimal)Math.Pow(10, decimals), decimals);
        return rounded < 0 ? "\u2212" + Grouped(-rounded, decimals) : Grouped(rounded, decimals);
    }

    public static string Day(DateOnly day) => $"{day.Year}年{day.Month}月{day.Day}日";

    public static string Status(QuotaStatus status) => status switch
    {
        QuotaStatus.Within => "正常",
        QuotaStatus.Near => "已达80%，请控制",
        QuotaStatus.Over => "已超定额",
        _ => "数据不足，暂不评价",
    };

    // A garbage register can be more than a decimal holds; its digits say nothing and would burst the table.
    static string Beyond(double value) =>
        (value < 0 ? "\u2212" : "") + Math.Abs(value).ToString("0.###E+0", CultureInfo.InvariantCulture);

    static string Grouped(decimal value, int decimals) =>
        value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
