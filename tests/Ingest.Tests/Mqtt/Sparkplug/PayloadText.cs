using System.Globalization;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Sparkplug;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>A Sparkplug payload as the vectors write it.</summary>
static class PayloadText
{
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        if (!SparkplugPayload.TryRead(bytes, out var payload, out var fault)) return fault!;
        var text = new StringBuilder();
        if (payload.Timestamp is { } sent) text.Append(CultureInfo.InvariantCulture, $" ts={sent}");
        if (payload.Seq is { } seq) text.Append(CultureInfo.InvariantCulture, $" seq={seq}");
        if (payload.IsCompressed) text.Append(" compressed");
        foreach (var metric in payload.Metrics) text.Append(" [").Append(Of(metric).TrimStart()).Append(']');
        return text.ToString().TrimStart();
    }

    static string Of(in SparkplugMetric metric)
    {
        var text = new StringBuilder();
        if (metric.HasName) text.Append(CultureInfo.InvariantCulture, $" name='{Encoding.UTF8.GetString(metric.Name)}'");
        if (metric.Alias is { } alias) text.Append(CultureInfo.InvariantCulture, $" alias={alias}");
        if (metric.Timestamp is { } at) text.Append(CultureInfo.InvariantCulture, $" ts={at}");
        if (metric.Type is { } type) text.Append(' ').Append(type);
        if (metric.IsHistorical) text.Append(" historical");
        if (metric.IsTransient) text.Append(" transient");
        if (metric.IsNull) text.Append(" null");
        if (metric.Value is > ValueField.None and < ValueField.Boolean)
            text.Append(CultureInfo.InvariantCulture, $" {metric.Value}={metric.Bits:x}");
        else if (metric.Value == ValueField.Boolean) text.Append(CultureInfo.InvariantCulture, $" Boolean={metric.Bits}");
        else if (metric.Value != ValueField.None) text.Append(' ').Append(metric.Value);
        if (metric.Properties.TryFind("Quality"u8, out var quality))
            text.Append(CultureInfo.InvariantCulture, $" Quality={quality.Whole}");
        if (metric.Properties.TryFind("engUnit"u8, out var unit)) text.Append(" engUnit=").Append(Encoding.UTF8.GetString(unit.Text));
        if (!metric.Properties.IsPaired) text.Append(" unpaired");
        if (metric.Value == ValueField.None || metric.Type is null) return text.ToString();
        var number = MetricNumber.Read(metric.Type.Value, metric.Value, metric.Bits, out var value);
        return text.Append(" → ").Append(number ?? value.ToString("R", CultureInfo.InvariantCulture)).ToString();
    }
}
