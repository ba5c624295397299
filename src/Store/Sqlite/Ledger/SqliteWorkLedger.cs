using Dapper;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Ledger;

sealed class SqliteWorkLedger(SqliteFiles files, TimeProvider clock) : IWorkLedger
{
    // The oldest marks name the meters whose turn it is; then all marks of the first of those meters come, as far as
    // the limit reaches.
    const string Open =
        """
        WITH oldest AS (SELECT meter, marked_at FROM work_mark ORDER BY marked_at, meter LIMIT @limit),
             turn AS (SELECT meter, MIN(marked_at) AS since FROM oldest GROUP BY meter)
        SELECT mark.meter, mark.day, mark.sequence, mark.marked_at
        FROM turn JOIN work_mark mark ON mark.meter = turn.meter
        ORDER BY turn.since, turn.meter, mark.day
        LIMIT @limit
        """;

    readonly SqliteFile _file = files.Records;

    public async ValueTask MarkAsync(IReadOnlyCollection<MeterDay> days, CancellationToken stop)
    {
        if (days.Count == 0) return;
        // The clock is read under the write lock: waiting for it must not eat into the rest of the mark.
        await _file.WriteAsync(connection => Mark(connection, days, clock.Now()), stop);
    }

    public async ValueTask<IReadOnlyList<WorkMark>> OpenAsync(int limit, CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<WorkMark>>(
            connection =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = Open;
                command.Parameters.AddWithValue("@limit", limit);
                return command.List(
                    row => new WorkMark(new MeterDay(row.Meter(0), row.Day(1)), row.GetInt64(2), row.Instant(3)));
            },
            stop);

    public async ValueTask<int> SettleAsync(IReadOnlyList<WorkMark> marks, Instant now, CancellationToken stop)
    {
        if (marks.Count == 0) return 0;
        var rested = now - IWorkLedger.Rest;
        return await _file.WriteAsync(
            connection => connection.Execute(
                """
                DELETE FROM work_mark
                WHERE meter = @Meter AND day = @Day AND sequence = @Sequence AND marked_at < @rested
                """,
                marks.Select(mark => new { mark.Day.Meter, mark.Day.Day, mark.Sequence, rested })),
            stop);
    }

    public async ValueTask<long> CountAsync(CancellationToken stop) =>
        await _file.ReadAsync(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM work_mark"), stop);

    /// <summary>Inside a write transaction of the caller.</summary>
    public static void Mark(SqliteConnection connection, IReadOnlyCollection<MeterDay> days, Instant at)
    {
        connection.Execute("UPDATE work_sequence SET last = last + 1");
        var sequence = connection.ExecuteScalar<long>("SELECT last FROM work_sequence");
        connection.Execute(
            """
            INSERT INTO work_mark (meter, day, sequence, marked_at) VALUES (@Meter, @Day, @sequence, @at)
            ON CONFLICT (meter, day) DO UPDATE SET sequence = excluded.sequence, marked_at = excluded.marked_at
            """,
            days.Distinct().Select(day => new { day.Meter, day.Day, sequence, at }));
    }
}
