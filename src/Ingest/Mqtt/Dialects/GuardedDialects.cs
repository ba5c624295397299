using System.Collections.Concurrent;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// Reads messages so that a defect of a dialect costs one message and never a connection: were it thrown, the message
/// would not be acknowledged, come again first, and hold up all behind it for ever. The message goes to the quarantine as
/// it came, to be replayed when the defect is mended.
/// </summary>
sealed class GuardedDialects(ILogger<DialectCatalog> log)
{
    readonly ConcurrentDictionary<(string Dialect, Type Defect), bool> _logged = new();

    public DialectReading Read(IDialect dialect, in DialectMessage message, in ReadingContext context)
    {
        try
        {
            return dialect.Read(message, context);
        }
        catch (Exception defect)
        {
            return new DialectReading(Refused(defect, dialect, message, context), []);
        }
    }

    /// <summary>The same of a quarantined message; it stays there.</summary>
    public DecodedPayload ReadAgain(IDialect dialect, in DialectMessage message, in ReadingContext context)
    {
        try
        {
            return dialect.ReadAgain(message, context);
        }
        catch (Exception defect)
        {
            return Refused(defect, dialect, message, context);
        }
    }

    // Logged once for each kind of defect: who can provoke it can do so with every message.
    DecodedPayload Refused(Exception defect, IDialect dialect, in DialectMessage message, in ReadingContext context)
    {
        DialectMetrics.Failed(dialect.Name);
        if (_logged.TryAdd((dialect.Name, defect.GetType()), true))
            log.DialectDefect(defect, dialect.Name, context.Gateway ?? "", Shown.Text(message.Topic.Span));
        return new FoundReadings().Unreadable(
            $"A defect of the dialect {dialect.Name}, not of the message: {defect.GetType().Name}, {Shown.Text(defect.Message)}.",
            message.Payload, DialectFormat.Of(dialect.Name, message.Topic.Span, message.IsRetained), context);
    }
}
