using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace EnergyWatch.Ingest.Push;

/// <summary>The answers to a push that was not taken: RFC 9457, each with a code.</summary>
static class PushProblems
{
    public static ProblemHttpResult Malformed(string detail) =>
        Problem(StatusCodes.Status400BadRequest, RefusalCodes.Malformed, detail);

    public static ProblemHttpResult BadParameter(string code, string detail) =>
        Problem(StatusCodes.Status400BadRequest, code, detail);

    public static ProblemHttpResult Forbidden(string detail) =>
        Problem(StatusCodes.Status403Forbidden, "FORBIDDEN", detail);

    public static ProblemHttpResult TooLarge(BodyTooLargeException exception) =>
        Problem(StatusCodes.Status413PayloadTooLarge, "TOO_LARGE", exception.Message);

    public static ProblemHttpResult Unsupported(string detail) =>
        Problem(StatusCodes.Status415UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", detail);

    public static ProblemHttpResult NotStored(HttpContext http, NotStoredException exception, PushOptions options)
    {
        http.Response.Headers[HeaderNames.RetryAfter] =
            Math.Ceiling(options.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Problem(StatusCodes.Status503ServiceUnavailable, "NOT_STORED", exception.Message);
    }

    static ProblemHttpResult Problem(int status, string code, string detail) =>
        TypedResults.Problem(
            detail, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });
}
