using System.Collections.Concurrent;
using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.Logging.Abstractions;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// What listener and client share: messages in, batches into the sink, and what officers see of each gateway.
/// </summary>
sealed class MqttIntake(
    IRegistry registry, ReportingCalendar calendar, FieldStateRecorder states, GuardedDialects? dialects = null)
{
    static readonly Task<IngestReceipt> Nothing = Task.FromResult(new IngestReceipt(0, 0, []));

    readonly ConcurrentDictionary<string, string> _sources = new();
    readonly GuardedDialects _dialects = dialects ?? new(NullLogger<DialectCatalog>.Instance);

    public IRegistry Registry => registry;

    /// <summary>What is noted of this gateway; for those who note with every message.</summary>
    public GatewayNotes NotesOf(string gateway) => states.NotesOf(gateway);

    public void Seen(string gateway, Instant at) => states.Seen(gateway, null, at);

    public void Fault(string gateway, Instant at, string text) => states.Fault(gateway, null, at, text);

    /// <summary>Something went wrong under the gateway's name, and nobody proved to be the gateway.</summary>
    public void FaultOfStranger(string gateway, Instant at, string text) => states.FaultOfStranger(gateway, at, text);

    /// <summary>Something went wrong at a meter behind the gateway.</summary>
    public void Fault(string gateway, Meter meter, Instant at, string text) => states.Fault(gateway, meter.Code, at, text);

    /// <summary>The meter that the gateway calls so at this moment, or null.</summary>
    public Meter? MeterOf(string gateway, string name, Instant at) =>
        GatewayMeters.Of(registry.Current).Find(gateway, name, LocalDays.Of(calendar).DayOf(at));

    /// <summary>The gateway said of itself, or a broker said for it, that it comes or goes.</summary>
    /// <param name="detail">In its own words, short; null where it has none.</param>
    public void State(string gateway, Instant at, bool isOnline, string? detail = null) =>
        states.State(gateway, at, isOnline, detail);

    /// <summary>The broker behind which gateways are heard came or went.</summary>
    public void WayChanged(string way, bool isUp, string? detail) => states.WayChanged(way, isUp, detail);

    /// <summary>
    /// Somebody tried to deliver who is no gateway of the registry: shown for adoption, and nothing of it is stored.
    /// </summary>
    /// <param name="way"><c>listener</c> or <c>broker:name</c>.</param>
    /// <param name="name">The user name it gave, or the name in its topic. Never a secret.</param>
    public void Sighted(
        string way, string name, Instant at, string? address = null, string? dialect = null, string? topic = null) =>
        states.Sightings.Add(way, name, address, dialect, topic, at);

    /// <summary>
    /// Decodes a readings payload of this gateway and puts what it holds into the sink; what is refused already goes
    /// there undecoded.
    /// </summary>
    public ValueTask<Task<IngestReceipt>> PutAsync(IReadingSink sink, Delivery delivery, CancellationToken stop)
    {
        var gateway = delivery.Gateway!;
        if (delivery.Refusal is { } refusal) return RefuseAsync(sink, delivery, SourceOf(gateway), refusal, stop);
        var context = new ReadingContext(registry.Current, calendar, delivery.ArrivedAt, SourceOf(gateway), gateway);
        var batch = delivery.Dialect is { } dialect
            ? Take(delivery, _dialects.Read(
                dialect,
                new DialectMessage(delivery.Publish.Topic, delivery.Publish.Payload, delivery.ArrivedAt, delivery.IsKept,
                    delivery.Publish.Qos),
                context))
            : PayloadReader.Read(delivery.Publish.Payload, PayloadFormats.Json, context, delivery.Found).Batch;
        if (delivery is { IsKept: true, Dialect: null }) batch = AgelessReadings.LeftOut(batch);
        if (delivery.IsQueued) batch = AgelessReadings.Refused(batch, KeptFormatOf(delivery));
        return batch.Received == 0 ? new ValueTask<Task<IngestReceipt>>(Nothing) : sink.PutAsync(batch, stop);
    }

    /// <summary>Tells a dialect of a will that was said. It may mean the end of what its gateway said before; readings it
    /// holds none.</summary>
    public void TakeWill(string gateway, IDialect dialect, MqttWill will, Instant at)
    {
        var topic = Encoding.UTF8.GetBytes(will.Topic);
        if (!dialect.Claims(topic, out var username)) return;
        if (registry.Current.Gateway(gateway) is not { } known || !username.SequenceEqual(Encoding.UTF8.GetBytes(known.Username))) return;
        _dialects.Read(
            dialect,
            new DialectMessage(topic, will.Payload, at, IsRetained: false, will.Qos),
            new ReadingContext(registry.Current, calendar, at, SourceOf(gateway), gateway));
    }

    IngestBatch Take(Delivery delivery, DialectReading reading)
    {
        delivery.Replies = reading.Replies;
        foreach (var remark in reading.Remarks) Fault(delivery.Gateway!, delivery.ArrivedAt, remark);
        if (reading.IsOnline is { } isOnline)
            State(delivery.Gateway!, delivery.ArrivedAt, isOnline, Shown.Text(delivery.Publish.Topic.Span));
        return reading.Payload.Batch;
    }

    static string KeptFormatOf(Delivery delivery) => delivery.Dialect is { } dialect
        ? DialectFormat.Of(dialect.Name, delivery.Publish.Topic.Span, isKept: true) : DialectFormat.KeptJson;

    /// <summary>Keeps a message that holds no readings of a gateway we know: durably, with the reason.</summary>
    public static ValueTask<Task<IngestReceipt>> RefuseAsync(
        IReadingSink sink, Delivery delivery, string source, Refusal refusal, CancellationToken stop) =>
        sink.PutAsync(
            new IngestBatch(
                source, delivery.ArrivedAt, [], [], [refusal],
                delivery.Dialect is { } dialect
                    ? DialectFormat.Of(dialect.Name, delivery.Publish.Topic.Span) : PayloadFormats.Json,
                delivery.Publish.Payload), stop);

    // Codes of the registry only: so many there are, and no more.
    string SourceOf(string gateway) => _sources.GetOrAdd(gateway, static code => string.Concat("mqtt:", code));
}
