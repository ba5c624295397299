using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Answers <c>POST /api/v1/readings</c>: 200 only when everything in the body is durable, stored or in quarantine.
/// </summary>
sealed class ReadingsPush(
    PushBodies bodies, PushSenders senders, IReadingSink sink, PushOptions options, ILogger<ReadingsPush> log)
{
    public async Task<Results<Ok<PushAnswer>, ProblemHttpResult>> AnswerAsync(HttpContext http, CancellationToken stop)
    {
        if (PayloadFormats.Of(http.Request.ContentType) is not (PayloadFormats.Json or PayloadFormats.NdJson))
            return PushProblems.Unsupported(
                $"Send {PayloadFormats.Json} or {PayloadFormats.NdJson}, not {Type(http.Request)}.");
        var context = senders.ContextOf(http);
        try
        {
            if (PushBodies.Open(http.Request, options.MaxBodyBytes) is not { } stream)
                return PushProblems.Unsupported("The only content encoding taken here is gzip.");
            await using var _ = stream;
            using var body = await bodies.ReadAsync(stream, stop);
            return await PutAsync(body.Bytes, PayloadFormats.Of(http.Request.ContentType)!, context, stop);
        }
        catch (BodyTooLargeException exception)
        {
            log.PushRefused(context.Source, exception.Message);
            return PushProblems.TooLarge(exception);
        }
        catch (InvalidDataException exception)
        {
            log.PushRefused(context.Source, exception.Message);
            return PushProblems.Malformed($"The body is not gzip as its headers say: {exception.Message}");
        }
        catch (NotStoredException exception)
        {
            return PushProblems.NotStored(http, exception, options);
        }
    }

    async Task<Results<Ok<PushAnswer>, ProblemHttpResult>> PutAsync(
        ReadOnlyMemory<byte> body, string format, ReadingContext context, CancellationToken stop)
    {
        var decoded = PayloadReader.Read(body, format, context);
        // Not quarantined: nothing of it could be read, and the sender, who has the bytes, is told so in this answer.
        if (decoded.Unreadable is { } unreadable)
        {
            log.PushRefused(context.Source, unreadable.Detail);
            return PushProblems.Malformed(unreadable.Detail);
        }
        var ticket = await sink.PutAsync(decoded.Batch, stop);
        return TypedResults.Ok(PushAnswer.Of(await ticket.WaitAsync(stop)));
    }

    static string Type(HttpRequest request) =>
        string.IsNullOrEmpty(request.ContentType) ? "a body without a type" : Shown.Text(request.ContentType);
}
