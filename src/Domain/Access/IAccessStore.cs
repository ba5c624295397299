using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Access;

/// <summary>A person's account. The hash is a <see cref="SecretHash"/>.</summary>
public sealed record UserAccount(string Name, string PasswordHash, AccessRole Role, Scope Scope, bool Disabled, Instant CreatedAt);

/// <summary>A machine's key. Only its hash is kept; <c>Id</c> is the part of the key that may be shown.</summary>
public sealed record ApiKey(string Id, string Name, string KeyHash, AccessRole Role, Scope Scope, Instant CreatedAt, Instant? RevokedAt);

/// <summary>A login that has not ended. Only the token's hash is kept.</summary>
public sealed record Session(string TokenHash, string User, Instant CreatedAt, Instant ExpiresAt);

/// <summary>Accounts, keys and sessions. Exceptions travel to the caller; nothing is cached here, so a revoked key is refused at once.</summary>
public interface IAccessStore
{
    ValueTask<UserAccount?> FindUserAsync(string name, CancellationToken stop);
    ValueTask<IReadOnlyList<UserAccount>> UsersAsync(CancellationToken stop);

    /// <summary>Adds or replaces by name. Disabling or a new password ends the user's sessions.</summary>
    ValueTask SaveUserAsync(UserAccount user, CancellationToken stop);

    ValueTask<ApiKey?> FindKeyAsync(string id, CancellationToken stop);
    ValueTask<IReadOnlyList<ApiKey>> KeysAsync(CancellationToken stop);
    ValueTask AddKeyAsync(ApiKey key, CancellationToken stop);
    ValueTask<bool> RevokeKeyAsync(string id, Instant at, CancellationToken stop);

    ValueTask AddSessionAsync(Session session, CancellationToken stop);
    ValueTask<Session?> FindSessionAsync(string tokenHash, CancellationToken stop);
    ValueTask EndSessionAsync(string tokenHash, CancellationToken stop);
}
