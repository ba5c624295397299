using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>What operators see of Sparkplug edge nodes.</summary>
sealed class SparkplugMetrics : IDisposable
{
    readonly Metrics.Meter _meter = new("EnergyWatch.Ingest");
    readonly Metrics.Counter<long> _defects;
    readonly Metrics.Counter<long> _dropped;
    readonly Metrics.Counter<long> _passedOver;
    readonly Metrics.Counter<long> _rebirths;
    readonly Metrics.Counter<long> _stale;
    readonly Metrics.Counter<long> _strangers;

    public SparkplugMetrics()
    {
        _defects = _meter.CreateCounter<long>(
            "energywatch_sparkplug_defects_total", description: "Messages that met a defect of ours; they are quarantined");
        _dropped = _meter.CreateCounter<long>(
            "energywatch_sparkplug_dropped_total", description: "Messages that could neither be stored nor quarantined");
        _passedOver = _meter.CreateCounter<long>(
            "energywatch_sparkplug_passed_over_total", description: "Metrics that are no readings, by reason");
        _rebirths = _meter.CreateCounter<long>(
            "energywatch_sparkplug_rebirth_requests_total", description: "Rebirths asked of edge nodes");
        _stale = _meter.CreateCounter<long>(
            "energywatch_sparkplug_deaths_total", description: "Edge nodes and devices that went stale");
        _strangers = _meter.CreateCounter<long>(
            "energywatch_sparkplug_strangers_total", description: "Messages of edge nodes that are no gateway of ours");
    }

    public void Defect() => _defects.Add(1);

    public void Dropped() => _dropped.Add(1);

    public void PassedOver(string reason) => _passedOver.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Rebirth() => _rebirths.Add(1);

    public void Stale() => _stale.Add(1);

    public void Stranger() => _strangers.Add(1);

    public void Dispose() => _meter.Dispose();
}
