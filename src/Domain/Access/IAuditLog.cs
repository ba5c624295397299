using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Access;

/// <summary>Who changed what, when, from what to what. Entries are only ever added.</summary>
public interface IAuditLog
{
    ValueTask AddAsync(AuditEntry entry, CancellationToken stop);

    /// <summary>Newest first. <paramref name="before"/> is the id to continue below.</summary>
    ValueTask<IReadOnlyList<AuditEntry>> ListAsync(int limit, long? before, CancellationToken stop);
}

/// <param name="Id">0 until it is kept.</param>
/// <param name="Actor">User name, <c>key:name</c>, or <c>cli</c>.</param>
/// <param name="Action">For example <c>login</c>, <c>registry.set</c>, <c>key.revoke</c>, <c>quota.set</c>.</param>
/// <param name="Subject">What it was done to, e.g. <c>meter M-0001</c>.</param>
public sealed record AuditEntry(long Id, Instant At, string Actor, string Action, string Subject, string? Before, string? After);
