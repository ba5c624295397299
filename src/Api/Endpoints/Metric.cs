using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary>One number as every endpoint serves it (contract section 5): null exactly when <c>q.reason</c> says why.</summary>
sealed record Metric(double? V, string U, Quality Q, Instant AsOf, MetricPeriod Period, Versions Versions)
{
    public static Metric Of(IndicatorValue value, NamedPeriod period) => new(
        value.Value, value.Unit, new Quality(value.Coverage, value.Estimated, value.Reason), value.AsOf,
        MetricPeriod.Of(period.Period, value.AsOf), new Versions(value.CaliberId, value.RegistryVersion));

    public static Metric Missing(string unit, string reason, Instant asOf, Period period, Versions versions) =>
        new(null, unit, new Quality(0, 0, reason), asOf, MetricPeriod.Of(period, asOf), versions);
}

/// <summary>Coverage and estimated share, both 0 to 1.</summary>
sealed record Quality(double Coverage, double Estimated, string? Reason);

/// <summary>The half-open period; partial while it is not over.</summary>
sealed record MetricPeriod(Instant From, Instant To, bool Partial)
{
    public static MetricPeriod Of(Period period, Instant asOf) => new(period.From, period.To, asOf < period.To);
}

sealed record Versions(string? Caliber, long Registry);
