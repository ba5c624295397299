using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EnergyWatch.Store.Sqlite.Series;

/// <summary>
/// The statements on the table <c>reading</c>, on SQLite's own interface: a row costs no allocation and no boxing.
/// </summary>
static class ReadingTable
{
    const string Insert =
        """
        INSERT INTO reading (series_id, at, value, provenance, doubt) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (series_id, at) DO UPDATE
        SET value = excluded.value, provenance = excluded.provenance, doubt = excluded.doubt
        """;

    const string Select = "SELECT series_id, at, value, provenance, doubt FROM reading ";

    public static void Upsert(SqliteConnection connection, List<SortedBatch.Entry> sorted, ReadOnlySpan<Reading> batch)
    {
        using var statement = Prepare(connection, Insert);
        foreach (var entry in sorted)
        {
            ref readonly var reading = ref batch[entry.Index];
            Check(connection, raw.sqlite3_bind_int64(statement, 1, entry.Series));
            Check(connection, raw.sqlite3_bind_int64(statement, 2, entry.At));
            Check(connection, raw.sqlite3_bind_double(statement, 3, reading.Value));
            Check(connection, raw.sqlite3_bind_int(statement, 4, (int)reading.Provenance));
            Check(connection, raw.sqlite3_bind_int(statement, 5, (int)reading.Doubt));
            Check(connection, raw.sqlite3_step(statement));
            Check(connection, raw.sqlite3_reset(statement));
        }
    }

    /// <summary>
    /// The first readings of <c>[from, to)</c> in time order, as many as the buffer holds; returns how many.
    /// </summary>
    public static int Fill(SqliteConnection connection, SeriesKey series, Instant from, Instant to, Reading[] buffer)
    {
        using var statement = Prepare(
            connection, Select + "WHERE series_id = ?1 AND at >= ?2 AND at < ?3 ORDER BY at LIMIT ?4");
        Bind(connection, statement, SeriesId.Of(series), from.UnixMilliseconds, to.UnixMilliseconds, buffer.Length);
        var count = 0;
        while (Next(connection, statement) is { } reading) buffer[count++] = reading;
        return count;
    }

    public static Reading? AtOrBefore(SqliteConnection connection, SeriesKey series, Instant at) =>
        One(connection, "WHERE series_id = ?1 AND at <= ?2 ORDER BY at DESC LIMIT 1", series, at);

    public static Reading? AtOrAfter(SqliteConnection connection, SeriesKey series, Instant at) =>
        One(connection, "WHERE series_id = ?1 AND at >= ?2 ORDER BY at LIMIT 1", series, at);

    /// <summary>
    /// Steps down from the meter's highest series: the last key at or below a bound is the latest reading of the
    /// highest series there is, and the bound moves below that series. One look-up per series that exists, whatever
    /// their number of readings.
    /// </summary>
    public static IReadOnlyList<Reading> Latest(SqliteConnection connection, IReadOnlyCollection<MeterId> meters)
    {
        using var statement = Prepare(
            connection, Select + "WHERE series_id >= ?1 AND series_id <= ?2 ORDER BY series_id DESC, at DESC LIMIT 1");
        var latest = new List<Reading>();
        foreach (var meter in meters)
        {
            var first = SeriesId.First(meter);
            for (var bound = first + byte.MaxValue; bound >= first;)
            {
                Bind(connection, statement, first, bound);
                var found = Next(connection, statement);
                Check(connection, raw.sqlite3_reset(statement));
                if (found is not { } reading) break;
                latest.Add(reading);
                bound = SeriesId.Of(reading.Series) - 1;
            }
        }
        return latest;
    }

    static Reading? One(SqliteConnection connection, string where, SeriesKey series, Instant at)
    {
        using var statement = Prepare(connection, Select + where);
        Bind(connection, statement, SeriesId.Of(series), at.UnixMilliseconds);
        return Next(connection, statement);
    }

    static sqlite3_stmt Prepare(SqliteConnection connection, string sql)
    {
        Check(connection, raw.sqlite3_prepare_v2(connection.Handle, sql, out var statement));
        return statement;
    }

    static void Bind(SqliteConnection connection, sqlite3_stmt statement, params ReadOnlySpan<long> values)
    {
        for (var i = 0; i < values.Length; i++) Check(connection, raw.sqlite3_bind_int64(statement, i + 1, values[i]));
    }

    static Reading? Next(SqliteConnection connection, sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        Check(connection, result);
        return result != raw.SQLITE_ROW ? null : new Reading(
            SeriesId.Key(raw.sqlite3_column_int64(statement, 0)),
            new Instant(raw.sqlite3_column_int64(statement, 1)),
            raw.sqlite3_column_double(statement, 2),
            (Provenance)raw.sqlite3_column_int(statement, 3),
            (Doubt)raw.sqlite3_column_int(statement, 4));
    }

    static void Check(SqliteConnection connection, int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
            SqliteException.ThrowExceptionForRC(result, connection.Handle);
    }
}
