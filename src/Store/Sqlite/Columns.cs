using System.Data.Common;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite;

/// <summary>
/// Columns by position as the domain's types, for rows that are too many or too nested to be mapped by name.
/// </summary>
static class Columns
{
    public static List<T> List<T>(this SqliteConnection connection, string sql, Func<DbDataReader, T> read)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.List(read);
    }

    public static List<T> List<T>(this SqliteCommand command, Func<DbDataReader, T> read)
    {
        using var rows = command.ExecuteReader();
        var list = new List<T>();
        while (rows.Read()) list.Add(read(rows));
        return list;
    }

    public static string Text(this DbDataReader row, int column) => row.GetString(column);
    public static string? TextOrNull(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
    public static int Int(this DbDataReader row, int column) => row.GetInt32(column);
    public static double Number(this DbDataReader row, int column) => row.GetDouble(column);
    public static double? NumberOrNull(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetDouble(column);
    public static Instant Instant(this DbDataReader row, int column) => new(row.GetInt64(column));
    public static Instant? InstantOrNull(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.Instant(column);
    public static DateOnly Day(this DbDataReader row, int column) => DayHandler.Day(row.GetString(column));
    public static DateOnly? DayOrNull(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.Day(column);
    public static MeterId Meter(this DbDataReader row, int column) => new(row.GetInt32(column));
}
