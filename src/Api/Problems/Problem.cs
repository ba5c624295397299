using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace EnergyWatch.Api.Problems;

/// <summary>Refusals as RFC 9457 problem+json with a stable <c>code</c> and the trace id that the log carries.</summary>
static class Problem
{
    public const string NotFoundCode = "NOT_FOUND";
    public const string ForbiddenCode = "FORBIDDEN";
    public const string BadRequestCode = "BAD_REQUEST";

    public static ProblemHttpResult Of(int status, string code, string title, string? detail = null, object? faults = null)
    {
        var problem = new ProblemDetails { Status = status, Title = title, Detail = detail };
        problem.Extensions["code"] = code;
        if (faults is not null) problem.Extensions["faults"] = faults;
        return TypedResults.Problem(problem);
    }

    public static ProblemHttpResult NotFound(string what) =>
        Of(StatusCodes.Status404NotFound, NotFoundCode, "Not found", $"There is no {what}.");

    public static ProblemHttpResult Forbidden() =>
        Of(StatusCodes.Status403Forbidden, ForbiddenCode, "Not allowed", "This lies outside what your account may see or do.");

    public static ProblemHttpResult Bad(string detail, string code = BadRequestCode) =>
        Of(StatusCodes.Status400BadRequest, code, "The request cannot be understood", detail);

    /// <summary>Gives every problem a code and a trace id, also those that the framework makes.</summary>
    public static void Complete(ProblemDetailsContext context)
    {
        var extensions = context.ProblemDetails.Extensions;
        extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.HttpContext.TraceIdentifier;
        extensions.TryAdd("code", context.ProblemDetails.Status switch
        {
            StatusCodes.Status400BadRequest => BadRequestCode,
            StatusCodes.Status401Unauthorized => "UNAUTHENTICATED",
            StatusCodes.Status403Forbidden => ForbiddenCode,
            StatusCodes.Status404NotFound => NotFoundCode,
            StatusCodes.Status405MethodNotAllowed => "METHOD_NOT_ALLOWED",
            StatusCodes.Status413PayloadTooLarge => "TOO_LARGE",
            StatusCodes.Status415UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            StatusCodes.Status429TooManyRequests => "TOO_MANY_REQUESTS",
            StatusCodes.Status503ServiceUnavailable => "UNAVAILABLE",
            _ => "INTERNAL",
        });
    }
}
