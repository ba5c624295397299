using EnergyWatch.Analytics.Notices;
using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/quotas</c> and <c>/quota-notices</c>: what is in force, what was issued, how it was delivered, who signed for it.</summary>
static class NoticesApi
{
    public static void MapNotices(this IEndpointRouteBuilder api)
    {
        api.MapGet("/quotas", QuotasAsync).WithTags("quotas").RequireAuthorization(Permissions.Read);
        var group = api.MapGroup("/quota-notices").WithTags("quotas").RequireAuthorization(Permissions.Read);
        group.MapGet("/", ListAsync);
        group.MapGet("/{id}", ShowAsync);
        group.MapGet("/{id}/document", DocumentAsync).Produces<string>(contentType: "text/html");
        api.MapPost("/quota-notices/{id}/receipt", SignAsync).WithTags("quotas").RequireAuthorization(Permissions.Sign);
    }

    static async Task<IResult> QuotasAsync(int? year, VisibleRegistry visible, IQuotaStore quotas, CancellationToken stop) =>
        TypedResults.Ok((await quotas.InForceAsync(year ?? visible.Today.Year, stop))
            .Where(quota => visible.Snapshot.Institution(quota.Institution) is not null));

    static async Task<IResult> ListAsync(string? period, VisibleRegistry visible, INoticeOutbox outbox, CancellationToken stop)
    {
        var codes = visible.Snapshot.Institutions.Select(institution => institution.Code).ToList();
        var notices = await outbox.ListAsync(codes, period, stop);
        var answers = new List<NoticeAnswer>(notices.Count);
        foreach (var notice in notices) answers.Add(await AnswerAsync(notice, outbox, stop));
        return TypedResults.Ok(answers);
    }

    static async Task<IResult> ShowAsync(string id, VisibleRegistry visible, IRegistry registry, INoticeOutbox outbox, CancellationToken stop)
    {
        var (notice, refusal) = await FindAsync(id, visible, registry, outbox, stop);
        return refusal ?? TypedResults.Ok(await AnswerAsync(notice!, outbox, stop));
    }

    static async Task<IResult> DocumentAsync(string id, HttpContext http, VisibleRegistry visible, IRegistry registry, INoticeOutbox outbox)
    {
        var (notice, refusal) = await FindAsync(id, visible, registry, outbox, http.RequestAborted);
        if (refusal is not null) return refusal;
        // The document is shown as issued and may run nothing.
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
        return TypedResults.Bytes(notice!.Body, "text/html; charset=utf-8");
    }

    static async Task<IResult> SignAsync(
        string id, ReceiptRequest body, VisibleRegistry visible, IRegistry registry, INoticeOutbox outbox, NoticeReceipts receipts,
        CancellationToken stop)
    {
        if (string.IsNullOrWhiteSpace(body.SignedBy)) return Problem.Bad("signedBy names the person who signs.");
        var (notice, refusal) = await FindAsync(id, visible, registry, outbox, stop);
        if (refusal is not null) return refusal;
        if (await receipts.SignAsync(id, body.SignedBy, body.Objection, stop) is not { Signed: true })
            return Problem.Of(StatusCodes.Status409Conflict, "ALREADY_SIGNED", "This notice is already signed", "The first signature stands.");
        return TypedResults.Ok(await AnswerAsync(notice!, outbox, stop));
    }

    static async Task<(Notice? Notice, IResult? Refusal)> FindAsync(
        string id, VisibleRegistry visible, IRegistry registry, INoticeOutbox outbox, CancellationToken stop)
    {
        var notice = await outbox.FindAsync(id, stop);
        if (notice is null) return (null, Problem.NotFound($"notice {id}"));
        if (visible.Snapshot.Institution(notice.Institution) is not null) return (notice, null);
        return (null, registry.Current.Institution(notice.Institution) is null ? Problem.NotFound($"notice {id}") : Problem.Forbidden());
    }

    static async Task<NoticeAnswer> AnswerAsync(Notice notice, INoticeOutbox outbox, CancellationToken stop) => new(
        notice.Id, notice.Number, notice.Institution, notice.Period, notice.Version, notice.Replaces, notice.Title, notice.Sha256, notice.IssuedAt,
        [.. (await outbox.DeliveriesAsync(notice.Id, stop)).Select(DeliveryAnswer.Of)], await outbox.ReceiptAsync(notice.Id, stop));

    sealed record ReceiptRequest(string? SignedBy, string? Objection);

    sealed record NoticeAnswer(
        string Id, string Number, string Institution, string Period, int Version, string? Replaces, string Title, string Sha256,
        Instant IssuedAt, IReadOnlyList<DeliveryAnswer> Deliveries, NoticeReceipt? Receipt);

    sealed record DeliveryAnswer(
        string Id, string Channel, string Address, string State, int Attempts, Instant? NextAttempt, Instant? DeliveredAt, string? LastError)
    {
        public static DeliveryAnswer Of(Delivery delivery) => new(
            delivery.Id, delivery.Channel.ToString().ToLowerInvariant(), delivery.Address, delivery.State.ToString().ToLowerInvariant(),
            delivery.Attempts, delivery.NextAttempt, delivery.DeliveredAt, delivery.LastError);
    }
}
