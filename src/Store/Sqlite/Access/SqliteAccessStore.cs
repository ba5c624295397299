using Dapper;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Access;

sealed class SqliteAccessStore(SqliteFiles files, TimeProvider clock) : IAccessStore
{
    const string Users =
        "SELECT name, password_hash AS passwordHash, role, scope, disabled, created_at AS createdAt "
        + "FROM user_account ";
    const string ApiKeys =
        "SELECT id, name, key_hash AS keyHash, role, scope, created_at AS createdAt, revoked_at AS revokedAt "
        + "FROM api_key ";

    readonly SqliteFile _file = files.Records;

    public async ValueTask<UserAccount?> FindUserAsync(string name, CancellationToken stop) =>
        await _file.ReadAsync(connection => User(connection, name), stop);

    public async ValueTask<IReadOnlyList<UserAccount>> UsersAsync(CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<UserAccount>>(
            connection => [.. connection.Query<UserRow>(Users + "ORDER BY name").Select(row => row.Account())], stop);

    public async ValueTask SaveUserAsync(UserAccount user, CancellationToken stop) => await _file.WriteAsync(
        connection =>
        {
            if (User(connection, user.Name) is { } known && (user.Disabled || user.PasswordHash != known.PasswordHash))
                connection.Execute("DELETE FROM session WHERE user_name = @Name", new { user.Name });
            connection.Execute(
                """
                INSERT INTO user_account (name, password_hash, role, scope, disabled, created_at)
                VALUES (@Name, @PasswordHash, @role, @scope, @disabled, @CreatedAt)
                ON CONFLICT (name) DO UPDATE SET
                    password_hash = excluded.password_hash, role = excluded.role, scope = excluded.scope,
                    disabled = excluded.disabled
                """,
                new
                {
                    user.Name, user.PasswordHash, role = (int)user.Role, scope = user.Scope.Text,
                    disabled = user.Disabled ? 1 : 0, user.CreatedAt,
                });
        },
        stop);

    public async ValueTask<ApiKey?> FindKeyAsync(string id, CancellationToken stop) =>
        await _file.ReadAsync(
            connection => connection.QuerySingleOrDefault<KeyRow>(ApiKeys + "WHERE id = @id", new { id })?.Key(), stop);

    public async ValueTask<IReadOnlyList<ApiKey>> KeysAsync(CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<ApiKey>>(
            connection =>
                [.. connection.Query<KeyRow>(ApiKeys + "ORDER BY created_at, id").Select(row => row.Key())], stop);

    public async ValueTask AddKeyAsync(ApiKey key, CancellationToken stop) => await _file.WriteAsync(
        connection => connection.Execute(
            """
            INSERT INTO api_key (id, name, key_hash, role, scope, created_at, revoked_at)
            VALUES (@Id, @Name, @KeyHash, @role, @scope, @CreatedAt, @RevokedAt)
            """,
            new
            {
                key.Id, key.Name, key.KeyHash, role = (int)key.Role, scope = key.Scope.Text, key.CreatedAt,
                key.RevokedAt,
            }),
        stop);

    public async ValueTask<bool> RevokeKeyAsync(
        string id, Instant at, CancellationToken stop) => await _file.WriteAsync(
        connection => connection.Execute(
            "UPDATE api_key SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL", new { id, at }),
        stop) == 1;

    public async ValueTask AddSessionAsync(Session session, CancellationToken stop) => await _file.WriteAsync(
        connection =>
        {
            connection.Execute("DELETE FROM session WHERE expires_at <= @now", new { now = clock.Now() });
            connection.Execute(
                """
                INSERT INTO session (token_hash, user_name, created_at, expires_at)
                VALUES (@TokenHash, @User, @CreatedAt, @ExpiresAt)
                """,
                session);
        },
        stop);

    public async ValueTask<Session?> FindSessionAsync(
        string tokenHash, CancellationToken stop) => await _file.ReadAsync(
        connection => connection.QuerySingleOrDefault<Session>(
            """
            SELECT token_hash AS tokenHash, user_name AS user, created_at AS createdAt, expires_at AS expiresAt
            FROM session WHERE token_hash = @tokenHash AND expires_at > @now
            """,
            new { tokenHash, now = clock.Now() }),
        stop);

    public async ValueTask EndSessionAsync(string tokenHash, CancellationToken stop) => await _file.WriteAsync(
        connection => connection.Execute("DELETE FROM session WHERE token_hash = @tokenHash", new { tokenHash }), stop);

    static UserAccount? User(SqliteConnection connection, string name) =>
        connection.QuerySingleOrDefault<UserRow>(Users + "WHERE name = @name", new { name })?.Account();

    sealed record UserRow(string Name, string PasswordHash, long Role, string Scope, long Disabled, Instant CreatedAt)
    {
        public UserAccount Account() =>
            new(Name, PasswordHash, (AccessRole)Role, new Scope(Scope), Disabled != 0, CreatedAt);
    }

    sealed record KeyRow(
        string Id, string Name, string KeyHash, long Role, string Scope, Instant CreatedAt, Instant? RevokedAt)
    {
        public ApiKey Key() => new(Id, Name, KeyHash, (AccessRole)Role, new Scope(Scope), CreatedAt, RevokedAt);
    }
}
