using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Notices;

/// <param name="Signed">False where somebody signed before.</param>
/// <param name="Standing">The receipt that stands: this one, or the earlier one.</param>
public sealed record SignOutcome(bool Signed, NoticeReceipt Standing);

/// <summary>Receipts of notices. The first signature stands; nobody signs over it.</summary>
public sealed class NoticeReceipts(INoticeOutbox outbox, IAuditLog audit, TimeProvider clock)
{
    /// <summary>Keeps the receipt of a notice; null where there is no such notice.</summary>
    /// <param name="signedBy">Who signs, as it shall be shown; not blank.</param>
    /// <param name="objection">What the institution objects to, or null.</param>
    public async Task<SignOutcome?> SignAsync(
        string noticeId, string signedBy, string? objection, CancellationToken stop)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(signedBy);
        if (await outbox.FindAsync(noticeId, stop) is not { } notice) return null;
        var objects = string.IsNullOrWhiteSpace(objection) ? null : objection.Trim();
        var receipt = new NoticeReceipt(noticeId, signedBy.Trim(), clock.Now(), objects);
        if (!await outbox.SignAsync(receipt, stop))
            return new SignOutcome(false, (await outbox.ReceiptAsync(noticeId, stop))!);
        var after = objects is null ? "no objection" : $"objection: {objects}";
        var entry = new AuditEntry(0, receipt.SignedAt, receipt.SignedBy, "notice.sign", $"notice {notice.Number}",
            null, after);
        await audit.AddAsync(entry, stop);
        return new SignOutcome(true, receipt);
    }
}
