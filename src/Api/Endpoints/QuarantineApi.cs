using System.Globalization;
using System.Text;
using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/quarantine</c>: what was refused and why; replayed after the cause is mended, or discarded.</summary>
static class QuarantineApi
{
    public static void MapQuarantine(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/quarantine").WithTags("readings").RequireAuthorization(Permissions.Edit).ForTheCounty();
        group.MapGet("/", async ([AsParameters] PageRequest page, IQuarantine quarantine, CancellationToken stop) =>
                page.From(await quarantine.ListAsync(page.Size + 1, page.Before, stop), item => item.Id, QuarantineAnswer.Of))
            .Produces<Page<QuarantineAnswer>>();
        group.MapPost("/{id:long}/discard", DiscardAsync);
        group.MapPost("/{id:long}/replay", ReplayAsync);
    }

    static async Task<IResult> DiscardAsync(
        long id, IQuarantine quarantine, IAuditLog audit, VisibleRegistry visible, TimeProvider clock, CancellationToken stop)
    {
        if (!await quarantine.CloseAsync(id, QuarantineOutcome.Discarded, visible.Caller.Name, stop)) return Unknown(id);
        await audit.AddAsync(Entry(id, "quarantine.discard", visible, clock), stop);
        return TypedResults.NoContent();
    }

    static async Task<IResult> ReplayAsync(
        long id, IQuarantine quarantine, QuarantineReplay replay, IAuditLog audit, VisibleRegistry visible, TimeProvider clock, CancellationToken stop)
    {
        if (await quarantine.FindAsync(id, stop) is not { } item) return Unknown(id);
        var receipt = await replay.ReplayAsync(item, visible.Caller.Name, stop);
        await audit.AddAsync(Entry(id, "quarantine.replay", visible, clock), stop);
        return TypedResults.Ok(receipt);
    }

    static IResult Unknown(long id) => Problem.NotFound(string.Create(CultureInfo.InvariantCulture, $"open quarantine item {id}"));

    static AuditEntry Entry(long id, string action, VisibleRegistry visible, TimeProvider clock) => new(
        0, clock.Now(), visible.Caller.Name, action, string.Create(CultureInfo.InvariantCulture, $"quarantine {id}"), null, null);

    sealed record QuarantineAnswer(
        long Id, Instant At, string Source, string Code, string Detail, string Format, int Bytes, string Preview)
    {
        const int PreviewBytes = 400;

        public static QuarantineAnswer Of(QuarantineItem item) => new(
            item.Id, item.At, item.Source, item.Code, item.Detail, item.Format, item.Payload.Length,
            Encoding.UTF8.GetString(item.Payload.Span[..Math.Min(PreviewBytes, item.Payload.Length)]));
    }
}
