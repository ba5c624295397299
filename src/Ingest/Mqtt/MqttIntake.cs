using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// What listener and client share: messages in, batches into the sink, and what officers see of each gateway.
/// </summary>
sealed class MqttIntake(IRegistry registry, ReportingCalendar calendar, FieldStateRecorder states)
{
    public IRegistry Registry => registry;

    public void Seen(string gateway, Instant at) => states.Seen(gateway, null, at);

    public void Fault(string gateway, Instant at, string text) => states.Fault(gateway, null, at, text);

    /// <summary>
    /// Decodes a readings payload of this gateway and puts what it holds into the sink; what is refused already goes
    /// there undecoded.
    /// </summary>
    public ValueTask<Task<IngestReceipt>> PutAsync(IReadingSink sink, Delivery delivery, CancellationToken stop)
    {
        var gateway = delivery.Gateway!;
        if (delivery.Refusal is { } refusal) return RefuseAsync(sink, delivery, SourceOf(gateway), refusal, stop);
        var context = new ReadingContext(registry.Current, calendar, delivery.ArrivedAt, SourceOf(gateway), gateway);
        return sink.PutAsync(PayloadReader.Read(delivery.Publish.Payload, PayloadFormats.Json, context).Batch, stop);
    }

    /// <summary>Keeps a message that holds no readings of a gateway we know: durably, with the reason.</summary>
    public static ValueTask<Task<IngestReceipt>> RefuseAsync(
        IReadingSink sink, Delivery delivery, string source, Refusal refusal, CancellationToken stop) =>
        sink.PutAsync(
            new IngestBatch(
                source, delivery.ArrivedAt, [], [], [refusal], PayloadFormats.Json, delivery.Publish.Payload), stop);

    static string SourceOf(string gateway) => string.Concat("mqtt:", gateway);
}
