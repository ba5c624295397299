using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// Collects the readings of one message. What is refused only because of the registry is kept in our own format, so that
/// it can be replayed when the meter is there; what else is refused is kept as it came.
/// </summary>
sealed class MessageReadings(
    EdgeNodeName node, SparkplugMessage message, ulong? sentAt, ReadingContext context, SparkplugMetrics metrics)
{
    const long Good = 192;

    readonly FoundReadings _found = new();
    readonly ReplayableItems _replayable = new();
    int _refused;

    /// <summary>Takes the value of a metric that is a quantity of ours, or refuses it, or passes it over.</summary>
    public void Take(int index, MetricDefinition definition, in SparkplugMetric metric)
    {
        if (metric.IsTransient) metrics.PassedOver("transient");
        else if (metric.IsNull) metrics.PassedOver("null");
        else if (Judge(definition, metric) is var (code, reason)) Refuse(index, code, $"{definition.Name}: {reason}");
        else if (QualityOf(metric) != Good) metrics.PassedOver("quality");
        else if (MetricNumber.Read(definition.Type, metric.Value, metric.Bits, out var number) is { } fault)
            Refuse(index, RefusalCodes.NotANumber, $"{definition.Name}: {fault}");
        else if (TimeOf(metric, out var at, out var doubt) is { } wrong)
            Refuse(index, RefusalCodes.BadTime, $"{definition.Name}: {wrong}");
        else Add(index, definition, definition.Conversion.Apply(number), at, doubt);
    }

    public void Refuse(int index, string code, string reason)
    {
        _refused++;
        _found.Refuse(index, code, $"{WhereOf(index)}: {reason}");
    }

    public DecodedPayload Payload()
    {
        if (_refused > 0) return _found.Readable(message.Payload, message.FormatOf(node), context);
        return _found.Readable(_replayable.ToJson(), PayloadFormats.Json, context);
    }

    static (string Code, string Reason)? Judge(MetricDefinition definition, in SparkplugMetric metric)
    {
        if (definition.Fault is { } fault) return (RefusalCodes.UnknownQuantity, fault);
        if (metric.Type is { } type && type != definition.Type)
            return (RefusalCodes.NotANumber, $"its data type is {type}, and its birth said {definition.Type}");
        if (metric.Value == ValueField.None) return (RefusalCodes.Malformed, "it has no value and does not say that it is null");
        return metric.Properties.IsPaired ? null : (RefusalCodes.Malformed, "its properties have more keys than values, or fewer");
    }

    // §6.4.6: 0 bad, 192 good, 500 stale; a metric without it is good.
    static long QualityOf(in SparkplugMetric metric) =>
        metric.Properties.TryFind("Quality"u8, out var quality) ? quality.Whole ?? 0 : Good;

    // §6.4.1: the metric's own time, else that of the payload; what was acquired earlier must tell when.
    string? TimeOf(in SparkplugMetric metric, out Instant at, out Doubt doubt)
    {
        (at, doubt) = (message.ArrivedAt, Doubt.None);
        if (metric.Timestamp is null && metric.IsHistorical) return "it is historical and has no time of its own";
        if ((metric.Timestamp ?? sentAt) is { } sent) return SentTime.FromEpoch((long)Math.Min(sent, long.MaxValue), out at);
        doubt = Doubt.ArrivalTime;
        return null;
    }

    void Add(int index, MetricDefinition definition, double value, Instant at, Doubt doubt)
    {
        var meters = GatewayMeters.Of(context.Registry);
        var day = LocalDays.Of(context.Calendar).DayOf(at);
        var name = definition.Meter ?? (message.Device.Length > 0 ? message.Device : node.Node);
        var meter = meters.Find(node.Gateway, name, day);
        // One with an address is a device, and says so itself.
        if (meter is null && definition.Meter is null && message.Device.Length == 0)
            meter = meters.Only(node.Gateway, day, withoutAddress: true);
        if (meter is not null)
        {
            _found.Add(new Reading(new SeriesKey(meter.Id, definition.Quantity), at, value, Doubt: doubt), index);
            return;
        }
        _replayable.Add(name, at, definition.Quantity, value);
        _found.Refuse(
            index, RefusalCodes.UnknownMeter,
            $"{WhereOf(index)}: {definition.Name}: gateway {node.Gateway} has no meter with the address {Shown.Text(name)}");
    }

    string WhereOf(int index) => message.Device.Length == 0
        ? $"metric {index}" : $"metric {index} of device {Shown.Text(message.Device)}";
}
