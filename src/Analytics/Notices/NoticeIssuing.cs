using System.Security.Cryptography;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Notices;

/// <param name="Issued">Notices issued by this run.</param>
/// <param name="Known">Institutions that had theirs already.</param>
/// <param name="Unreachable">Codes of institutions with a quota and no address to send a notice to.</param>
/// <param name="Unready">
/// Codes of institutions whose figures are not computed up to the month's end yet; a later run issues theirs.
/// </param>
public sealed record NoticeIssuingOutcome(
    IReadOnlyList<Notice> Issued, int Known, IReadOnlyList<string> Unreachable, IReadOnlyList<string> Unready);

/// <summary>
/// Issues the notices of a month: each is rendered, frozen and put into the outbox together with its deliveries. A
/// repeated run issues nothing twice. Exceptions travel to the caller.
/// </summary>
public sealed class NoticeIssuing
{
    readonly NoticeDrafts _drafts;
    readonly INoticeOutbox _outbox;
    readonly NoticeOptions _options;
    readonly TimeProvider _clock;
    readonly ILogger<NoticeIssuing> _logger;

    internal NoticeIssuing(
        NoticeDrafts drafts, INoticeOutbox outbox, NoticeOptions options, TimeProvider clock,
        ILogger<NoticeIssuing> logger) =>
        (_drafts, _outbox, _options, _clock, _logger) = (drafts, outbox, options, clock, logger);

    /// <summary>
    /// Issues the month's first notice to every institution that has a quota, an address, and no notice yet.
    /// </summary>
    /// <exception cref="ArgumentException">for a month that is not over: its figures would be frozen
    /// half-way.</exception>
    public async Task<NoticeIssuingOutcome> IssueAsync(NamedPeriod month, CancellationToken stop)
    {
        RefuseUnfinished(month);
        var drafts = await _drafts.LoadAsync(month, stop);
        var reachable = drafts.Where(draft => draft.Addresses.Count > 0).ToList();
        var issued = new List<Notice>();
        var had = (await _outbox.ListAsync(reachable.ConvertAll(draft => draft.Institution.Code), month.Name, stop))
            .Select(notice => notice.Institution).ToHashSet();
        var open = reachable.FindAll(draft => !had.Contains(draft.Institution.Code));
        foreach (var draft in open.Where(draft => draft.Ready))
            if (await PutAsync(draft, version: 1, replaces: null, stop) is { } notice) issued.Add(notice);
        var unready = open.Where(draft => !draft.Ready).Select(draft => draft.Institution.Code).ToList();
        var unreachable = drafts.Except(reachable).Select(draft => draft.Institution.Code).ToList();
        var known = reachable.Count - issued.Count - unready.Count;
        _logger.NoticesIssued(month.Name, issued.Count, known, unreachable.Count, unready.Count);
        return new NoticeIssuingOutcome(issued, known, unreachable, unready);
    }

    /// <summary>
    /// Issues the month's notice to one institution anew, with what is known now, as the next version that names the
    /// one it replaces. Null where the institution has no quota, no address, or another run was faster.
    /// </summary>
    public async Task<Notice?> ReissueAsync(NamedPeriod month, string institution, CancellationToken stop)
    {
        RefuseUnfinished(month);
        var draft = (await _drafts.LoadAsync(month, stop))
            .FirstOrDefault(draft => draft.Institution.Code == institution);
        if (draft is null || draft.Addresses.Count == 0 || !draft.Ready) return null;
        var former = (await _outbox.ListAsync([institution], month.Name, stop)).MaxBy(notice => notice.Version);
        return await PutAsync(draft, (former?.Version ?? 0) + 1, former, stop);
    }

    void RefuseUnfinished(NamedPeriod month)
    {
        if (month.Grain != Grain.Month || month.Period.To > _clock.Now())
            throw new ArgumentException(
                $"Notices are issued for a month that is over; '{month.Name}' is not.", nameof(month));
    }

    async Task<Notice?> PutAsync(NoticeDraft draft, int version, Notice? replaces, CancellationToken stop)
    {
        var now = _clock.Now();
        var content = Content(draft, version, replaces, _drafts.Calendar.DayOf(now));
        var body = NoticeDocument.Render(content);
        var notice = new Notice(
            content.Id, content.Number, draft.Institution.Code, draft.Month.Name, version, replaces?.Id, content.Title,
            body, NoticeDocument.Hash(body), now);
        var deliveries = draft.Addresses.Select(address => new Delivery(
            NewId(), notice.Id, address.Channel, address.Address, DeliveryState.Waiting, 0, now, null, null));
        return await _outbox.IssueAsync(notice, [.. deliveries], stop) ? notice : null;
    }

    NoticeContent Content(NoticeDraft draft, int version, Notice? replaces, DateOnly day)
    {
        var id = NewId();
        var first = draft.Month.FirstDay;
        return new NoticeContent(
            id, Number(draft, version), version, replaces?.Number, _options.Issuer, _options.Contact, draft.Name,
            first.Year, first.Month,
            draft.Rows, draft.Denominators, draft.Caliber, day, _options.UrlOf(id));
    }

    // Made of year and month reported on, institution and version: unique without a counter that could skip or repeat.
    // The version stands in brackets: behind a hyphen it could be part of another institution's code.
    string Number(NoticeDraft draft, int version)
    {
        var first = draft.Month.FirstDay;
        var edition = version == 1 ? "" : $"（{version}）";
        return $"{_options.NumberPrefix}〔{first.Year}〕{first.Month:00}-{draft.Institution.Code}{edition}号";
    }

    static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
