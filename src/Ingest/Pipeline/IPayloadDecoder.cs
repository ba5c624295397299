namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Decodes quarantined payloads of a format that is not the native one, again.</summary>
public interface IPayloadDecoder
{
    /// <summary>What the payload holds for this sender, or null where the format is none of this decoder's. Total: it
    /// never throws.</summary>
    DecodedPayload? Read(ReadOnlyMemory<byte> payload, string format, in ReadingContext context);
}
