using EnergyWatch.Domain.Quotas;
using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Analytics.Notices;

static class NoticeMetrics
{
    static readonly Metrics.Meter Meter = new("EnergyWatch.Analytics");

    static readonly Metrics.Counter<long> Attempts = Meter.CreateCounter<long>(
        "energywatch_notice_attempts_total", description: "Attempts to deliver a notice, by channel and outcome");

    public static void Count(NoticeChannel channel, DeliveryState outcome) => Attempts.Add(
        1, new("channel", channel.ToString().ToLowerInvariant()),
        new("outcome", outcome.ToString().ToLowerInvariant()));
}
