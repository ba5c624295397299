using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Push;

/// <summary>Answers <c>POST /api/v1/readings/import</c>.</summary>
sealed class CsvPush(
    PushSenders senders, IReadingSink sink, PushOptions options, TimeProvider clock, ILogger<CsvPush> log)
{
    public async Task<Results<Ok<CsvImportResult>, ProblemHttpResult>> AnswerAsync(
        HttpContext http, CancellationToken stop)
    {
        var query = http.Request.Query;
        if (!TryQuantity(query["quantity"], out var quantity))
            return PushProblems.BadParameter(
                RefusalCodes.UnknownQuantity,
                $"quantity must be one of {string.Join(", ", Quantities.All.Select(info => info.Key))}.");
        if (!TryZone(query["zone"], out var zone))
            return PushProblems.BadParameter("UNKNOWN_ZONE", "zone must be an IANA name such as Asia/Shanghai.");
        var context = senders.ContextOf(http);
        if (context.Gateway is not null)
            return PushProblems.Forbidden("A gateway pushes readings to /api/v1/readings; files come from people.");
        return await AnswerAsync(http, new CsvImportRequest("", quantity, zone), context, stop);
    }

    async Task<Results<Ok<CsvImportResult>, ProblemHttpResult>> AnswerAsync(
        HttpContext http, CsvImportRequest request, ReadingContext context, CancellationToken stop)
    {
        try
        {
            var (file, refused) = await CsvUpload.OpenAsync(http.Request, options.MaxImportBytes, stop);
            if (refused is not null) return PushProblems.Unsupported(refused);
            await using var csv = file!.Content;
            request = request with { FileName = file.Name ?? context.Source };
            var result = await ReadingCsvImport.RunAsync(csv, request, sink, context.Registry, clock, null, stop);
            if (result is { Rows: 0, Faults: [var first, ..] })
                return PushProblems.Malformed($"line {first.Line} {first.Column}: {first.Reason}");
            log.Imported(
                context.Source, result.Rows, request.FileName, result.Stored, result.Quarantined, result.FaultCount);
            return TypedResults.Ok(result);
        }
        catch (BodyTooLargeException exception)
        {
            log.ImportBrokenOff(context.Source, request.FileName, exception.Message);
            return PushProblems.TooLarge(exception);
        }
        catch (Exception exception) when (IsMalformed(exception, stop))
        {
            log.ImportBrokenOff(context.Source, request.FileName, exception.Message);
            return PushProblems.Malformed(
                $"The body breaks off or is not what its headers say: {exception.Message} "
                + "Rows before that may be stored; import it again, that is harmless.");
        }
        catch (NotStoredException exception)
        {
            log.ImportBrokenOff(context.Source, request.FileName, exception.Message);
            return PushProblems.NotStored(http, exception, options);
        }
    }

    // Broken gzip and broken multipart show so. A connection that broke is not answered at all.
    static bool IsMalformed(Exception exception, CancellationToken stop) =>
        exception is InvalidDataException or (IOException and not BadHttpRequestException)
            && !stop.IsCancellationRequested;

    static bool TryQuantity(string? key, out Quantity? quantity)
    {
        var isKnown = Quantities.TryParse(key, out var found);
        quantity = isKnown ? found : null;
        return isKnown || string.IsNullOrEmpty(key);
    }

    static bool TryZone(string? id, out TimeZoneInfo? zone)
    {
        zone = null;
        return string.IsNullOrEmpty(id) || TimeZoneInfo.TryFindSystemTimeZoneById(id, out zone);
    }
}
