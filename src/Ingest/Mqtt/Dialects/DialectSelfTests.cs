using System.Globalization;
using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>A self-test that a dialect has passed. One that fails is a fault of its file, which does not load.</summary>
public sealed record DialectTestResult(string Dialect, string Test, string Detail);

/// <summary>
/// The self-tests that a dialect file carries: a message of a gateway GW-T, user name <c>gw</c>, in Asia/Shanghai, which
/// arrives at <see cref="Arrival"/>. A dialect without them, or one that fails them, does not load.
/// </summary>
static class DialectSelfTests
{
    public const string Arrival = "2026-03-17T06:45:00.000Z";
    const string Username = "gw";
    const string Unaddressed = "meter";

    static readonly Instant ArrivedAt = Instant.From(new DateTimeOffset(2026, 3, 17, 6, 45, 0, TimeSpan.Zero));
    static readonly ReportingCalendar Calendar = ReportingCalendar.For("Asia/Shanghai");
    static readonly DateOnly FirstDay = new(2000, 1, 1);

    /// <summary>Those of a dialect that loaded.</summary>
    public static IEnumerable<DialectTestResult> Passed(DialectText text) => text.Tests.Select(test => new DialectTestResult(
        text.Name, test.Name, $"{test.Readings.Count} readings, {test.Refused.Count} refused, {test.Replies.Count} replies"));

    public static IEnumerable<DefinitionFault> Faults(DialectText text)
    {
        var line = text.Tests.Count > 0 ? text.Tests[0].Line : 1;
        if (text.Tests.Count == 0)
            yield return new DefinitionFault(text.File, 1, "tests", "there is none: a dialect must prove that it is read right");
        foreach (var test in text.Tests)
            foreach (var fault in FaultsOf(text, test))
                yield return new DefinitionFault(text.File, test.Line, $"tests '{test.Name}'", fault);
        foreach (var message in text.Messages.Where(message => message.Use == MessageUse.Readings))
            if (!text.Tests.Any(test => test.Readings.Count > 0 && Means(message, test.Messages[^1].Topic)))
                yield return new DefinitionFault(
                    text.File, message.Line, "messages", "no test has a reading of this message: it must prove that it is read right");
        // A counter is what is signed: the key of none is taken on trust.
        foreach (var counter in Counters(text))
            if (!text.Tests.Any(test => test.Readings.Any(reading => reading.Contains($" {counter.Key()} ", StringComparison.Ordinal))))
                yield return new DefinitionFault(
                    text.File, line, "tests", $"a reading of {counter.Key()} is missing: each counter must prove that it is read right");
    }

    static IEnumerable<Quantity> Counters(DialectText text) => text.Messages.SelectMany(message => message.Keys.Rules)
        .SelectMany(rule => rule.Quantities.Cast<Quantity?>().Append(rule.Quantity)).OfType<Quantity>()
        .Where(quantity => quantity.Info().Kind == QuantityKind.Counter).Distinct();

    static bool Means(MessageRule rule, string topic)
    {
        var captures = new Range[TopicPattern.Room];
        return rule.Topics.Any(pattern => pattern.Matches(Encoding.UTF8.GetBytes(topic), captures));
    }

    static IEnumerable<string> FaultsOf(DialectText text, DialectTest test)
    {
        var (dialect, registry) = (new FileDialect(text), RegistryOf(test));
        var context = new ReadingContext(registry, Calendar, ArrivedAt, "mqtt:GW-T", "GW-T");
        DialectReading? read = null;
        foreach (var message in test.Messages)
        {
            var topic = Encoding.UTF8.GetBytes(message.Topic);
            if (!dialect.Claims(topic, out var username)) yield return $"{message.Topic} is no topic of the dialect";
            else if (!username.IsEmpty && !username.SequenceEqual("gw"u8))
                yield return $"{message.Topic} must name the gateway {Username}";
            read = dialect.Read(
                new DialectMessage(topic, Encoding.UTF8.GetBytes(message.Payload), ArrivedAt, message.IsRetained), context);
        }
        var batch = read!.Payload.Batch;
        foreach (var fault in Differences("readings", test.Readings, [.. batch.Readings.Select(reading => Line(reading, registry))]))
            yield return fault;
        foreach (var fault in Differences(
            "replies", test.Replies, [.. read.Replies.Select(reply => $"{reply.Topic} {Encoding.UTF8.GetString(reply.PayloadAt(ArrivedAt).Span)}")]))
            yield return fault;
        if (!test.Refused.SequenceEqual(batch.Refusals.Select(refusal => refusal.Code)))
            yield return $"refused is {Listed(batch.Refusals.Select(one => $"{one.Code} ({one.Detail})"))}, expected {Listed(test.Refused)}";
        if (read.IsOnline != test.IsOnline) yield return $"online is {read.IsOnline}, expected {test.IsOnline}";
        if (test.Remarks.Count != read.Remarks.Count
            || test.Remarks.Zip(read.Remarks).Any(pair => !pair.Second.Contains(pair.First, StringComparison.Ordinal)))
            yield return $"the remarks are {Listed(read.Remarks)}, expected {Listed(test.Remarks)}";
    }

    static IEnumerable<string> Differences(string what, IReadOnlyList<string> expected, IReadOnlyList<string> have)
    {
        foreach (var missing in expected.Except(have)) yield return $"{what}: '{missing}' is missing; there is {Listed(have)}";
        foreach (var more in have.Except(expected)) yield return $"{what}: '{more}' is not expected";
        foreach (var (line, times) in have.CountBy(line => line))
            if (times > 1 && times != expected.Count(one => one == line)) yield return $"{what}: '{line}' comes {times} times";
    }

    static string Listed(IEnumerable<string> texts) => string.Join("; ", texts.DefaultIfEmpty("nothing"));

    static string Line(in Reading reading, RegistrySnapshot registry)
    {
        var (quantity, meter) = (reading.Series.Quantity, registry.Meter(reading.Series.Meter)!);
        var at = reading.Doubt.HasFlag(Doubt.ArrivalTime) ? "arrival" : reading.At.ToString();
        var value = reading.Value.ToString("R", CultureInfo.InvariantCulture);
        return $"{meter.Facts.Facts[0].Value.Address ?? Unaddressed} {quantity.Key()} {value} {quantity.Unit()} {at}";
    }

    static RegistrySnapshot RegistryOf(DialectTest test)
    {
        var addresses = test.Meters.Count > 0 ? test.Meters.Cast<string?>() : [null];
        var meters = addresses.Select((address, i) => new Meter(
            new MeterId(i + 1), $"M-T{i + 1}", Carrier.Electricity,
            new Timeline<MeterFacts>([new(FirstDay, new MeterFacts(
                "ORG", "", MeterRole.Main, null, 1, null, null, 900, null, "GW-T", address))]), []));
        var gateway = new Gateway("GW-T", "", GatewayKind.Mqtt, null, Username, null, FirstDay);
        return new RegistrySnapshot(1, [], meters, [gateway], [], [], []);
    }
}
