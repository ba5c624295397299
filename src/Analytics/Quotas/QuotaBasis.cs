using System.Globalization;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>Says in one sentence (zh-CN) how a quota came about, with every number that went into it.</summary>
static class QuotaBasis
{
    public static string Say(
        QuotaCase found, QuotaShare share, QuotaTarget target, QuotaWeights weights, double? cap, string unit)
    {
        var shown = unit == "m3" ? "m³" : unit;
        var parts = new[]
        {
            Base(found.Base, shown),
            Growth("建筑面积", "m²", found.Before.Area, found.After.Area, weights.Area),
            Growth("用能人数", "人", found.Before.Heads, found.After.Heads, weights.Head),
            Reduction(target),
            share.Scaled == share.Raw ? null
            : $"并按全县可分配上限{Figure(cap!.Value)} {shown}等比缩放至{Percent(share.Scaled / share.Raw)}",
        };
        return string.Join("，", parts.OfType<string>()) + "。";
    }

    static string Base(QuotaBase from, string unit)
    {
        var named = from.First.Month == 1
            ? $"{from.First.Year}年"
            : $"{Month(from.First)}至{Month(from.End.AddDays(-1))}";
        var filled = from.Coverage < 1 ? $"（完整率{Percent(from.Coverage)}，缺失部分按已知部分的水平补足）" : "";
        return $"以{named}用量{Figure(from.Amount!.Value)} {unit}为基数{filled}";
    }

    static string? Growth(string what, string unit, double? before, double? after, double weight) =>
        weight <= 0 ? null
        : before is { } from && after is { } to
            ? $"{what}由{Figure(from)} {unit}变为{Figure(to)} {unit}（权重{Number(weight)}）"
        : $"{what}资料不全，未作调整";

    static string Reduction(QuotaTarget target) =>
        target.From is { } from
            ? $"按“{from.Source}”确定的较{from.BaseYear}年下降{Number(from.ReductionPercent!.Value)}%"
                + $"折减{Percent(target.Reduction)}"
            : "未见适用的下降目标，未作折减";

    static string Month(DateOnly day) => $"{day.Year}年{day.Month}月";
    static string Figure(double value) =>
        Math.Round(value, MidpointRounding.AwayFromZero).ToString("N0", CultureInfo.InvariantCulture);
    static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
    static string Percent(double share) =>
        Number(Math.Round(share * 100, 4, MidpointRounding.AwayFromZero)) + "%";
}
