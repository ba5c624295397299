using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// A CSV file in a request: the body itself, or the first file of a form. Read in passing, never kept.
/// </summary>
/// <param name="Name">What the sender calls it; null where it does not say.</param>
sealed record CsvUpload(string? Name, Stream Content)
{
    const int LongestName = 100;

    /// <summary>The file, or why the body is of no use as one.</summary>
    public static async Task<(CsvUpload? File, string? Refused)> OpenAsync(
        HttpRequest request, long limit, CancellationToken stop)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            return (null, "Send text/csv, or a form with a file.");
        if (PushBodies.Open(request, limit) is not { } body)
            return (null, "The only content encoding taken here is gzip.");
        if (PayloadFormats.Of(type.MediaType.Value) == PayloadFormats.Csv)
            return IsUtf8(type)
                ? (new CsvUpload(NameOf(request.Headers.ContentDisposition), body), null)
                : (null, "Send the file as UTF-8.");
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary);
        if (!type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) || boundary.Length == 0)
            return (null, $"Send text/csv, or multipart/form-data with a file, not {Shown.Text(request.ContentType)}.");
        var reader = new MultipartReader(boundary.Value!, body);
        while (await reader.ReadNextSectionAsync(stop) is { } section)
            if (NameOf(section.ContentDisposition) is { } name) return (new CsvUpload(name, section.Body), null);
        return (null, "There is no file in the form.");
    }

    static bool IsUtf8(MediaTypeHeaderValue type) =>
        type.Charset.Length == 0
        || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);

    // The name becomes part of what is logged and kept: its last part only, without control characters, not long.
    static string? NameOf(string? disposition)
    {
        if (!ContentDispositionHeaderValue.TryParse(disposition, out var parsed)) return null;
        var given = parsed.FileNameStar.HasValue ? parsed.FileNameStar : HeaderUtilities.RemoveQuotes(parsed.FileName);
        if (given.Length == 0) return null;
        var last = given.Value![(given.Value!.LastIndexOfAny(['/', '\\']) + 1)..];
        var name = string.Concat(last.Where(c => !char.IsControl(c)));
        return name.Length <= LongestName ? name : name[..LongestName];
    }
}
