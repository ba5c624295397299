using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Quotas;

/// <summary>
/// A quota notice as it was issued to an institution. Frozen: its bytes and hash never change; a change is a new
/// version that names the one it replaces.
/// </summary>
/// <param name="Id">Random, unguessable; part of the receipt link.</param>
/// <param name="Number">The document number, unique per version.</param>
/// <param name="Period">The month it reports on, e.g. <c>2026-10</c>.</param>
/// <param name="Version">From 1 per (institution, period).</param>
/// <param name="Body">The document: UTF-8 HTML that prints on one A4 page.</param>
/// <param name="Sha256">Lower-case hex of the SHA-256 of <paramref name="Body"/>.</param>
public sealed record Notice(
    string Id, string Number, string Institution, string Period, int Version, string? Replaces, string Title,
    ReadOnlyMemory<byte> Body, string Sha256, Instant IssuedAt);

/// <summary>What the institution answered: signed by whom, and its objection if it has one.</summary>
public sealed record NoticeReceipt(string NoticeId, string SignedBy, Instant SignedAt, string? Objection);

/// <summary>Where notices of an institution go. For a webhook the secret is the HMAC key.</summary>
public sealed record NoticeAddress(string Institution, NoticeChannel Channel, string Address, string? Secret);

public enum NoticeChannel { Mail = 1, Webhook = 2, WeCom = 3, DingTalk = 4, Portal = 5 }

/// <summary>One notice to one address. Tried until delivered or given up; each attempt is recorded.</summary>
/// <param name="Id">Never repeats with other content; receivers tell a retry by it.</param>
public sealed record Delivery(
    string Id, string NoticeId, NoticeChannel Channel, string Address, DeliveryState State, int Attempts,
    Instant? NextAttempt, Instant? DeliveredAt, string? LastError);

public enum DeliveryState { Waiting = 1, Delivered = 2, GivenUp = 3 }

/// <summary>Result of one attempt.</summary>
/// <param name="Counted">
/// False where nothing was tried because the channel is not set up: <see cref="Delivery.Attempts"/> stays as it is.
/// </param>
public sealed record DeliveryAttempt(
    string DeliveryId, Instant At, bool Delivered, string? Error, Instant? NextAttempt, bool Counted = true);
