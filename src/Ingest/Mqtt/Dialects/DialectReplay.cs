using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// Reads quarantined messages of a dialect again, as its file says today and for the meters of the gateway that sent
/// them. Nobody is answered a second time.
/// </summary>
sealed class DialectReplay(DialectCatalog catalog, GuardedDialects dialects) : IPayloadDecoder
{
    public DecodedPayload? Read(ReadOnlyMemory<byte> payload, string format, in ReadingContext context)
    {
        if (format == DialectFormat.KeptJson) return Aged(PayloadReader.Read(payload, format, context));
        if (!DialectFormat.TryParse(format, out var name, out var topic, out var isKept)) return null;
        if (catalog.Find(name) is not { } dialect)
            return new FoundReadings().Unreadable($"The dialect {Shown.Text(name)} is unknown here.", payload, format, context);
        if (topic.Length == 0)
            return new FoundReadings().Unreadable("Its topic was too long to be kept.", payload, format, context);
        // What the gateway said since then of its values does not touch those of then.
        if (dialect is FileDialect file) dialect = new FileDialect(file.Text);
        var message = new DialectMessage(topic, payload, context.ArrivedAt, IsRetained: false);
        var read = dialects.ReadAgain(dialect, message, context);
        return isKept ? Aged(read) : read;
    }

    // It had waited at a broker, and its age is no better known today.
    static DecodedPayload Aged(DecodedPayload read) => read with { Batch = AgelessReadings.Refused(read.Batch, read.Batch.Format) };
}
