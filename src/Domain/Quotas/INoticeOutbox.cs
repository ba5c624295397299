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

    /// <summary>Waiting deliveries whose next attempt is due, oldest first.</summary>
    ValueTask<IReadOnlyList<Delivery>> DueAsync(Instant now, int limit, CancellationToken stop);

    /// <summary>
    /// Keeps the attempt and brings the delivery to this state, next attempt and last error; counts it where it is
    /// counted.
    /// </summary>
    ValueTask RecordAsync(DeliveryAttempt attempt, DeliveryState state, CancellationToken stop);

    ValueTask<Notice?> FindAsync(string noticeId, CancellationToken stop);

    /// <summary>Notices of these institutions for the period (null: all), newest first, bodies left empty.</summary>
    ValueTask<IReadOnlyList<Notice>> ListAsync(
        IReadOnlyCollection<string> institutions, string? period, CancellationToken stop);

    ValueTask<IReadOnlyList<Delivery>> DeliveriesAsync(string noticeId, CancellationToken stop);

    /// <summary>Keeps the receipt; false where one is already there: the first signature stands.</summary>
    ValueTask<bool> SignAsync(NoticeReceipt receipt, CancellationToken stop);

    ValueTask<NoticeReceipt?> ReceiptAsync(string noticeId, CancellationToken stop);
}
