using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// Settings of a Sparkplug B host application (<c>Mqtt:Sparkplug</c> for the listener, <c>Sparkplug</c> of a broker).
/// </summary>
public sealed record SparkplugOptions
{
    /// <summary>Edge nodes that name it as their primary host wait for <c>spBv1.0/STATE/{HostId}</c>. No two hosts of a
    /// site have the same.</summary>
    public string HostId { get; init; } = "energywatch";

    /// <summary>How long a missing message may still arrive before it is given up and a rebirth is asked for.</summary>
    public TimeSpan ReorderTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The least time between two rebirth requests to one edge node; it doubles while no birth follows.
    /// </summary>
    public TimeSpan RebirthPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Which metrics are quantities of ours; null is the file that comes with the service
    /// (<c>sparkplug/metrics.yaml</c> in the folder of dialects).</summary>
    public string? MetricsFile { get; init; }

    /// <summary>The file that says it.</summary>
    internal string MapFile(MqttOptions mqtt) =>
        MetricsFile ?? Path.Combine(mqtt.DialectsFolder, "sparkplug", "metrics.yaml");

    /// <summary>What cannot be: the setting, its value, and what is allowed.</summary>
    public IEnumerable<(string Setting, string? Value, string Allowed)> Faults()
    {
        if (HostId.Length is 0 or > 128 || HostId.AsSpan().IndexOfAny("/+#") >= 0
            || !MqttTopic.IsPlain(Encoding.UTF8.GetBytes(HostId)))
            yield return (
                nameof(HostId), HostId, "a name of 1 to 128 characters without '/', '+', '#' and control characters");
        if (ReorderTimeout < TimeSpan.Zero || ReorderTimeout > TimeSpan.FromMinutes(1))
            yield return (nameof(ReorderTimeout), $"{ReorderTimeout}", "from 00:00:00 to 00:01:00");
        if (RebirthPause < TimeSpan.FromSeconds(1) || RebirthPause > TimeSpan.FromHours(1))
            yield return (nameof(RebirthPause), $"{RebirthPause}", "from 00:00:01 to 01:00:00");
        if (MetricsFile is { } file && !File.Exists(file))
            yield return (nameof(MetricsFile), file, "a file that is there, in the form of sparkplug/metrics.yaml");
    }
}
