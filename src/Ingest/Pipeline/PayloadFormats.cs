namespace EnergyWatch.Ingest.Pipeline;

/// <summary>The media types of payloads that are decoded here.</summary>
public static class PayloadFormats
{
    public const string Json = "application/json";
    public const string NdJson = "application/x-ndjson";
    public const string Csv = "text/csv";

    /// <summary>The format behind a media type as senders write it, without parameters; null where it is none of
    /// ours.</summary>
    public static string? Of(string? mediaType)
    {
        var end = mediaType?.IndexOf(';', StringComparison.Ordinal) ?? -1;
        var name = (end < 0 ? mediaType : mediaType![..end])?.Trim();
        return name?.ToLowerInvariant() switch
        {
            Json or "text/json" => Json,
            NdJson or "application/ndjson" or "application/jsonl" or "application/x-jsonlines" => NdJson,
            Csv => Csv,
            _ => null,
        };
    }
}
