using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace EnergyWatch.Ingest.Push;

public static class PushEndpoints
{
    /// <summary>
    /// <c>POST /api/v1/readings</c> and <c>POST /api/v1/readings/import</c>. The caller of this decides who may use
    /// them: <c>app.MapReadingsPush().RequireAuthorization(…)</c>.
    /// </summary>
    public static IEndpointConventionBuilder MapReadingsPush(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/readings").WithTags("readings").WithMetadata(new OwnSizeLimit());
        group.MapPost("", (HttpContext http, ReadingsPush push) => push.AnswerAsync(http, http.RequestAborted))
            .WithName("PushReadings")
            .WithSummary("Takes readings; answers when they are durable.")
            .WithDescription(
                "Body: one item `{\"meter\":…,\"ts\":…,\"values\":{…}}`, an array of items or `{\"readings\":[…]}` "
                + "(application/json), or one item a line (application/x-ndjson), UTF-8; gzip is accepted. "
                + "What is refused is kept in quarantine and named in the answer; its neighbours are stored. "
                + "After a 503 nothing of the body is stored: send it again.")
            .Produces<PushAnswer>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapPost("import", (HttpContext http, CsvPush push) => push.AnswerAsync(http, http.RequestAborted))
            .WithName("ImportReadings")
            .WithSummary("Takes readings from a CSV file; answers when they are durable.")
            .WithDescription(
                "Body: text/csv, or multipart/form-data with one file. Long form `meter,quantity,time,value`, "
                + "or wide form `time,<meter code>,…` with `?quantity=`. Times are RFC 3339, or local "
                + "with `?zone=` (an IANA name). Faulty rows are named with line, column and reason; the others are stored. "
                + "Importing a file again changes nothing.")
            .Produces<CsvImportResult>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return group;
    }

    // Kestrel's own limit would cut in below ours, with an answer that is not ours. PushBodies keeps our limits.
    sealed class OwnSizeLimit : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => null;
    }
}
