using System.Data;
using Dapper;
using EnergyWatch.Domain.Access;

namespace EnergyWatch.Store.Sqlite.Access;

sealed class SqliteAuditLog(SqliteFiles files) : IAuditLog
{
    readonly SqliteFile _file = files.Records;

    public async ValueTask AddAsync(AuditEntry entry, CancellationToken stop) =>
        await _file.WriteAsync(connection => Insert(connection, [entry]), stop);

    public async ValueTask<IReadOnlyList<AuditEntry>> ListAsync(int limit, long? before, CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<AuditEntry>>(
            connection =>
            [
                .. connection.Query<AuditEntry>(
                    """
                    SELECT id, at, actor, action, subject, value_before AS before, value_after AS after
                    FROM audit WHERE id < @below ORDER BY id DESC LIMIT @limit
                    """,
                    new { below = before ?? long.MaxValue, limit }),
            ],
            stop);

    /// <summary>Inside a transaction of a change, so that none is without its entry.</summary>
    public static void Insert(IDbConnection connection, IEnumerable<AuditEntry> entries) =>
        connection.Execute(
            """
            INSERT INTO audit (at, actor, action, subject, value_before, value_after)
            VALUES (@At, @Actor, @Action, @Subject, @Before, @After)
            """,
            entries);
}
