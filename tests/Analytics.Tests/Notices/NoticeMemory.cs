using System.Collections.Concurrent;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Tests.Notices;

/// <summary>The outbox as its port describes it, in memory.</summary>
sealed class NoticeMemory : INoticeOutbox
{
    readonly Lock _lock = new();
    readonly Dictionary<string, Delivery> _deliveries = [];
    readonly Dictionary<string, NoticeReceipt> _receipts = [];

    public List<Notice> Notices { get; } = [];

    public ConcurrentQueue<DeliveryAttempt> Attempts { get; } = new();

    public Delivery Delivery(string id) { lock (_lock) return _deliveries[id]; }

    public ValueTask<bool> IssueAsync(Notice notice, IReadOnlyList<Delivery> deliveries, CancellationToken stop)
    {
        lock (_lock)
        {
            var key = (notice.Institution, notice.Period, notice.Version);
            if (Notices.Any(one => (one.Institution, one.Period, one.Version) == key))
                return ValueTask.FromResult(false);
            Notices.Add(notice);
            foreach (var delivery in deliveries) _deliveries.Add(delivery.Id, delivery);
            return ValueTask.FromResult(true);
        }
    }

    public ValueTask<IReadOnlyList<Delivery>> DueAsync(Instant now, int limit, CancellationToken stop)
    {
        lock (_lock)
        {
            var due = _deliveries.Values.Where(one => one.State == DeliveryState.Waiting && one.NextAttempt <= now)
                .OrderBy(one => one.NextAttempt!.Value.UnixMilliseconds).Take(limit).ToList();
            foreach (var one in due) _deliveries[one.Id] = one with { NextAttempt = now + INoticeOutbox.Lease };
            return ValueTask.FromResult<IReadOnlyList<Delivery>>(due);
        }
    }

    public ValueTask<string?> LatestPeriodAsync(CancellationToken stop) =>
        ValueTask.FromResult(Notices.Max(notice => notice.Period));

    public ValueTask RecordAsync(DeliveryAttempt attempt, DeliveryState state, CancellationToken stop)
    {
        Attempts.Enqueue(attempt);
        lock (_lock)
        {
            var delivery = _deliveries[attempt.DeliveryId];
            _deliveries[delivery.Id] = delivery with
            {
                State = state,
                Attempts = delivery.Attempts + (attempt.Counted ? 1 : 0),
                NextAttempt = attempt.NextAttempt,
                DeliveredAt = attempt.Delivered ? attempt.At : null,
                LastError = attempt.Error,
            };
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<Notice?> FindAsync(string noticeId, CancellationToken stop) =>
        ValueTask.FromResult(Notices.FirstOrDefault(notice => notice.Id == noticeId));

    public ValueTask<IReadOnlyList<Notice>> ListAsync(
        IReadOnlyCollection<string> institutions, string? period, CancellationToken stop) =>
        ValueTask.FromResult<IReadOnlyList<Notice>>(
            [.. Notices.Where(notice => institutions.Contains(notice.Institution)
                && (period is null || notice.Period == period)).Reverse()]);

    public ValueTask<IReadOnlyList<Delivery>> DeliveriesAsync(string noticeId, CancellationToken stop)
    {
        lock (_lock)
            return ValueTask.FromResult<IReadOnlyList<Delivery>>(
                [.. _deliveries.Values.Where(delivery => delivery.NoticeId == noticeId)]);
    }

    public ValueTask<bool> SignAsync(NoticeReceipt receipt, CancellationToken stop) =>
        ValueTask.FromResult(_receipts.TryAdd(receipt.NoticeId, receipt));

    public ValueTask<NoticeReceipt?> ReceiptAsync(string noticeId, CancellationToken stop) =>
        ValueTask.FromResult(_receipts.GetValueOrDefault(noticeId));
}
