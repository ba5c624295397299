using EnergyWatch.Api.Endpoints;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>What the first screen shows, in one answer.</summary>
sealed record OverviewAnswer(
    Instant AsOf, CountyAnswer County, CaliberAnswer Caliber, Connected Connected, IReadOnlyList<Total> Totals,
    IReadOnlyList<DualControlLine> DualControl, IReadOnlyList<Attention> Attention, IReadOnlyList<InstitutionLine> Institutions,
    PvAnswer Pv, Freshness Freshness, History History);

sealed record CountyAnswer(string Name, string Zone);

sealed record CaliberAnswer(string Id, string Title);

/// <summary>How many institutions there are, and how many have a meter.</summary>
sealed record Connected(int Institutions, int Metered);

sealed record Total(string Key, Metric Today, Metric Month, Metric Year, TotalChange Change, IReadOnlyList<MonthValue> Months);

sealed record TotalChange(Change Today, Change Month, Change Year);

/// <summary>Relative change against the same elapsed part of last year; null exactly when there is a reason.</summary>
sealed record Change(double? V, string? Reason, Instant From, Instant To);

sealed record MonthValue(string Period, double? V, double? LastYear, double Coverage, bool Partial);

sealed record DualControlLine(
    string Indicator, Metric Value, TargetAnswer? Target, double? Used, double? Pace, Projection? Projection, string Status, string? Reason);

sealed record TargetAnswer(double? V, string U, int BaseYear, double? ReductionPercent, string Source);

sealed record Projection(double Low, double Mid, double High);

/// <summary>Something that wants a person, with the codes it is about.</summary>
sealed record Attention(string Kind, int Count, Instant? Since, IReadOnlyList<string> Subjects);

sealed record InstitutionLine(
    string Code, string Name, string Type, string System, string Status, string? Reason, Metric EnergyYear, Metric PerArea,
    QuotaLine? Quota, double? Coverage, Instant? LastReading);

sealed record QuotaLine(double Amount, string Unit, double? Used, double Pace);

sealed record Freshness(
    int Meters, int Online, int Late, int Offline, int Never, int GatewaysOffline, Metric CoverageToday,
    IReadOnlyList<double?> Slots, Instant? LatestReading);

sealed record History(string Unit, IReadOnlyList<MonthValue> Months);
