using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Quotas;

/// <summary>
/// Issued notices and their deliveries. Issuing writes the notice and its deliveries in one transaction, so that none
/// is sent that was not issued and none issued that is not sent. The job that delivers retries; this port never does.
/// </summary>
public interface INoticeOutbox
{
    /// <summary>
    /// False, and nothing written, where this (institution, period, version) was already issued: a repeated run sends
    /// nothing twice.
    /// </summary>
    ValueTask<bool> IssueAsync(Notice notice, IReadOnlyList<Delivery> deliveries, CancellationToken stop);

    /// <summary>How long a delivery that was given out is given to nobody else.</summary>
    static TimeSpan Lease => TimeSpan.FromMinutes(15);

    /// <summary>
    /// Gives out waiting deliveries whose next attempt is due, oldest first. They are leased: their next attempt is put
    /// off by <see cref="Lease"/> in the same transaction, so that no other process sends them as well.
    /// <see cref="RecordAsync"/> overwrites that; what was given out and never recorded is due again after it.
    /// </summary>
    ValueTask<IReadOnlyList<Delivery>> DueAsync(Instant now, int limit, CancellationToken stop);

    /// <summary>
    /// Keeps the attempt and brings the delivery to this state, next attempt and last error; counts it where it is
    /// counted.
    /// </summary>
    ValueTask RecordAsync(DeliveryAttempt attempt, DeliveryState state, CancellationToken stop);

    /// <summary>The latest month any notice was issued for, e.g. <c>2026-10</c>; null where none ever was.</summary>
    ValueTask<string?> LatestPeriodAsync(CancellationToken stop);

    ValueTask<Notice?> FindAsync(string noticeId, CancellationToken stop);

    /// <summary>Notices of these institutions for the period (null: all), newest first, bodies left empty.</summary>
    ValueTask<IReadOnlyList<Notice>> ListAsync(
        IReadOnlyCollection<string> institutions, string? period, CancellationToken stop);

    ValueTask<IReadOnlyList<Delivery>> DeliveriesAsync(string noticeId, CancellationToken stop);

    /// <summary>Keeps the receipt; false where one is already there: the first signature stands.</summary>
    ValueTask<bool> SignAsync(NoticeReceipt receipt, CancellationToken stop);

    ValueTask<NoticeReceipt?> ReceiptAsync(string noticeId, CancellationToken stop);
}
