using System.Data.Common;
using Dapper;
using EnergyWatch.Domain.Gateways;

namespace EnergyWatch.Store.Sqlite.Gateways;

/// <summary>Who was sighted. However many names somebody makes up, there are so many rows and no more; and a
/// name that came again, as a gateway's does, has one of half of them that no name made up once can take.</summary>
sealed class SqliteSightings(SqliteFiles files) : ISightings
{
    const string Select =
        "SELECT id, name, way, address, dialect, topic, first_seen, last_seen, count FROM sighting";

    readonly SqliteFile _file = files.Records;

    public async ValueTask SaveAsync(IReadOnlyList<Sighting> seen, long unlisted, CancellationToken stop)
    {
        if (seen.Count == 0) return;
        await _file.WriteAsync(
            connection =>
            {
                connection.Execute(
                    """
                    INSERT INTO sighting (name, way, address, dialect, topic, first_seen, last_seen, count)
                    VALUES (@Name, @Way, @Address, @Dialect, @Topic, @FirstSeen, @LastSeen, @Count)
                    ON CONFLICT (way, name) DO UPDATE SET
                        address = COALESCE(excluded.address, address),
                        dialect = COALESCE(excluded.dialect, dialect),
                        topic = COALESCE(excluded.topic, topic),
                        last_seen = excluded.last_seen,
                        count = count + excluded.count
                    """,
                    seen);
                var gone = unlisted + connection.Execute(
                    """
                    DELETE FROM sighting WHERE id NOT IN (
                        SELECT id FROM sighting
                        ORDER BY id IN (
                            SELECT id FROM sighting WHERE count > 1 ORDER BY last_seen DESC, id DESC LIMIT @Half) DESC,
                            last_seen DESC, id DESC
                        LIMIT @Most)
                    """,
                    new { ISightings.Most, Half = ISightings.Most / 2 });
                if (gone > 0)
                    connection.Execute("UPDATE sighting_forgotten SET count = count + @gone", new { gone });
            },
            stop);
    }

    public async ValueTask<IReadOnlyList<Sighting>> ListAsync(CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<Sighting>>(
            connection => connection.List($"{Select} ORDER BY last_seen DESC, id DESC", Of), stop);

    public async ValueTask<long> ForgottenAsync(CancellationToken stop) =>
        await _file.ReadAsync(
            connection => connection.ExecuteScalar<long>("SELECT count FROM sighting_forgotten"), stop);

    public async ValueTask<Sighting?> FindAsync(long id, CancellationToken stop) =>
        await _file.ReadAsync(
            connection =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = $"{Select} WHERE id = $id";
                command.Parameters.AddWithValue("$id", id);
                return command.List(Of).FirstOrDefault();
            },
            stop);

    public async ValueTask<bool> RemoveAsync(long id, CancellationToken stop) =>
        await _file.WriteAsync(
            connection => connection.Execute("DELETE FROM sighting WHERE id = @id", new { id }) > 0, stop);

    static Sighting Of(DbDataReader row) => new(
        row.GetInt64(0), row.Text(1), row.Text(2), row.TextOrNull(3), row.TextOrNull(4), row.TextOrNull(5),
        row.Instant(6), row.Instant(7), row.GetInt64(8));
}
