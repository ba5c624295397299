using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>Which edge node of which gateway.</summary>
/// <param name="Source">The way in and the sender, as in <see cref="IngestBatch"/>.</param>
sealed record EdgeNodeName(string Gateway, string Group, string Node)
{
    public string Source { get; } = string.Concat("mqtt:", Gateway);

    readonly byte[] _group = Encoding.UTF8.GetBytes(Group);
    readonly byte[] _node = Encoding.UTF8.GetBytes(Node);

    public bool Is(in SparkplugTopic topic) => topic.Group.SequenceEqual(_group) && topic.EdgeNode.SequenceEqual(_node);

    public override string ToString() => $"{Group}/{Node}";
}

/// <summary>What data held.</summary>
/// <param name="WantsBirth">True where a metric is not in the birth, or the birth is missing.</param>
readonly record struct DecodedData(DecodedPayload Payload, bool WantsBirth);

/// <summary>
/// Turns the metrics of a message into readings. Metrics that are no quantity of ours are passed over; those that are
/// and cannot be taken are refused with the reason.
/// </summary>
sealed class MetricDecoder(Lazy<MetricMap> map, IRegistry registry, ReportingCalendar calendar, SparkplugMetrics metrics)
{
    /// <summary>
    /// Reads a birth: it is complete in itself. Where a scope is given, its metrics are defined there for the data that
    /// follow.
    /// </summary>
    public DecodedPayload Birth(
        EdgeNodeName node, in SparkplugMessage message, in SparkplugPayload payload, MetricScope? scope)
    {
        var found = Begin(node, message, payload);
        var index = -1;
        foreach (var metric in payload.Metrics)
        {
            index++;
            if (!metric.HasName) continue;
            var name = Encoding.UTF8.GetString(metric.Name);
            var definition = map.Value.Define(name, metric);
            scope?.Define(metric.Alias, name, definition);
            if (definition.IsOurs && metric.Value != ValueField.None) found.Take(index, definition, metric);
            else if (!definition.IsOurs) metrics.PassedOver("not_ours");
        }
        return found.Payload();
    }

    public DecodedData Data(
        EdgeNodeName node, in SparkplugMessage message, in SparkplugPayload payload, Meaning meaning)
    {
        var found = Begin(node, message, payload);
        var (scope, doubt) = meaning;
        var (index, unnamed, firstUnnamed, wantsBirth) = (-1, 0, 0, false);
        foreach (var metric in payload.Metrics)
        {
            index++;
            if (!metric.HasName && metric.Alias is null)
            {
                found.Refuse(index, RefusalCodes.Malformed, "it has neither a name nor an alias");
                continue;
            }
            var definition = metric.HasName ? scope?.Find(metric.Name) : doubt is null ? scope!.Find(metric.Alias!.Value) : null;
            if (definition is not null)
            {
                if (!definition.IsOurs) metrics.PassedOver("not_ours");
                else if (IsOther(metric, definition, scope!, doubt)) found.Refuse(
                    index, RefusalCodes.NoBirth, $"{Shown.Text(metric.Name)} has the alias {metric.Alias} of another metric");
                else found.Take(index, definition, metric);
                continue;
            }
            if (metric.HasName && !IsMeant(metric.Name)) continue;
            wantsBirth = true;
            if (unnamed++ == 0) firstUnnamed = index;
        }
        // One refusal for all of them: it is one cause, and there may be thousands.
        if (unnamed > 0)
            found.Refuse(
                firstUnnamed, RefusalCodes.NoBirth,
                $"it cannot be told for certain what {unnamed} of its metrics are: {doubt ?? "they are not in its birth"}");
        return new DecodedData(found.Payload(), wantsBirth);
    }

    /// <summary>A message that holds no readings.</summary>
    public static DecodedPayload Nothing(EdgeNodeName node, in SparkplugMessage message) =>
        new(new IngestBatch(node.Source, message.ArrivedAt, [], [], [], PayloadFormats.Json, default), null);

    /// <summary>The message as a whole, with the reason.</summary>
    public DecodedPayload Unreadable(EdgeNodeName node, in SparkplugMessage message, string reason) =>
        new FoundReadings().Unreadable(reason, message.Payload, message.FormatOf(node), ContextOf(node, message));

    // Both a name and an alias: they must mean the same.
    static bool IsOther(in SparkplugMetric metric, MetricDefinition definition, MetricScope scope, string? doubt) =>
        doubt is null && metric is { HasName: true, Alias: { } alias } && scope.Find(alias) is { } other
            && other.Name != definition.Name;

    bool IsMeant(ReadOnlySpan<byte> name) => map.Value.Means(Encoding.UTF8.GetString(name));

    MessageReadings Begin(EdgeNodeName node, in SparkplugMessage message, in SparkplugPayload payload) =>
        new(node, message, payload.Timestamp, ContextOf(node, message), metrics);

    ReadingContext ContextOf(EdgeNodeName node, in SparkplugMessage message) =>
        new(registry.Current, calendar, message.ArrivedAt, node.Source, node.Gateway);
}
