using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Ledger;

/// <summary>The statements on hour cells, day cells and findings. Only what differs is written.</summary>
static class UsageTables
{
    public const string Hours = "usage_hour";
    public const string Days = "usage_day";

    public static void Replace(
        SqliteConnection connection, string table, SeriesKey series, Period period, IReadOnlyList<UsageCell> cells)
    {
        var known = Cells(connection, table, [series.Meter], period).Where(cell => cell.Series == series)
            .ToDictionary(cell => cell.Start);
        using var put = Upsert(connection, table, series);
        foreach (var cell in cells)
        {
            var version = known.Remove(cell.Start, out var before) ? before.Version : 0;
            if (version > 0 && cell with { Version = version } == before) continue;
            put.Parameters["@start"].Value = cell.Start.UnixMilliseconds;
            put.Parameters["@amount"].Value = cell.Amount;
            put.Parameters["@coverage"].Value = cell.Coverage;
            put.Parameters["@estimated"].Value = cell.Estimated;
            put.Parameters["@version"].Value = version + 1;
            put.ExecuteNonQuery();
        }
        foreach (var gone in known.Keys) Delete(connection, table, series, gone);
    }

    public static List<UsageCell> Cells(
        SqliteConnection connection, string table, IReadOnlyCollection<MeterId> meters, Period period)
    {
        using var command = InPeriod(
            connection, $"SELECT meter, quantity, start, amount, coverage, estimated, version FROM {table}", "start",
            period);
        var cells = new List<UsageCell>();
        foreach (var meter in meters.Distinct().OrderBy(meter => meter.Value))
        {
            command.Parameters["@meter"].Value = meter.Value;
            cells.AddRange(command
                .List(row => new UsageCell(
                    Series(row), row.Instant(2), row.Number(3), row.Number(4), row.Number(5), row.Int(6)))
                .OrderBy(cell => cell.Series.Quantity));
        }
        return cells;
    }

    public static List<UsageFinding> Findings(
        SqliteConnection connection, IReadOnlyCollection<MeterId> meters, Period period)
    {
        using var command = InPeriod(
            connection, "SELECT meter, quantity, at, code, detail FROM usage_finding", "at", period);
        var findings = new List<UsageFinding>();
        foreach (var meter in meters.Distinct())
        {
            command.Parameters["@meter"].Value = meter.Value;
            findings.AddRange(
                command.List(row => new UsageFinding(Series(row), row.Instant(2), row.Text(3), row.Text(4))));
        }
        return findings;
    }

    public static void ReplaceFindings(
        SqliteConnection connection, SeriesKey series, Period period, IReadOnlyList<UsageFinding> findings)
    {
        var sorted = findings.OrderBy(finding => finding.At).ToList();
        if (Findings(connection, [series.Meter], period).Where(finding => finding.Series == series)
            .SequenceEqual(sorted)) return;
        using (var delete = connection.CreateCommand())
        {
            delete.CommandText =
                "DELETE FROM usage_finding WHERE meter = @meter AND quantity = @quantity AND at >= @from AND at < @to";
            Bind(delete, ("@meter", series.Meter.Value), ("@quantity", (int)series.Quantity),
                ("@from", period.From.UnixMilliseconds), ("@to", period.To.UnixMilliseconds));
            delete.ExecuteNonQuery();
        }
        foreach (var finding in sorted)
        {
            using var insert = connection.CreateCommand();
            insert.CommandText =
                "INSERT INTO usage_finding (meter, quantity, at, code, detail) "
                + "VALUES (@meter, @quantity, @at, @code, @detail)";
            Bind(insert, ("@meter", series.Meter.Value), ("@quantity", (int)series.Quantity),
                ("@at", finding.At.UnixMilliseconds), ("@code", finding.Code), ("@detail", finding.Detail));
            insert.ExecuteNonQuery();
        }
    }

    static SqliteCommand Upsert(SqliteConnection connection, string table, SeriesKey series)
    {
        var command = connection.CreateCommand();
        command.CommandText =
            $"""
            INSERT INTO {table} (meter, quantity, start, amount, coverage, estimated, version)
            VALUES (@meter, @quantity, @start, @amount, @coverage, @estimated, @version)
            ON CONFLICT (meter, start, quantity) DO UPDATE SET
                amount = excluded.amount, coverage = excluded.coverage, estimated = excluded.estimated,
                version = excluded.version
            """;
        Bind(command, ("@meter", series.Meter.Value), ("@quantity", (int)series.Quantity), ("@start", 0L),
            ("@amount", 0d), ("@coverage", 0d), ("@estimated", 0d), ("@version", 0));
        return command;
    }

    static void Delete(SqliteConnection connection, string table, SeriesKey series, Instant start)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"DELETE FROM {table} WHERE meter = @meter AND start = @start AND quantity = @quantity";
        Bind(command, ("@meter", series.Meter.Value), ("@start", start.UnixMilliseconds),
            ("@quantity", (int)series.Quantity));
        command.ExecuteNonQuery();
    }

    /// <summary>One meter's rows of a period in time order, prepared once and asked again for every meter.</summary>
    static SqliteCommand InPeriod(SqliteConnection connection, string select, string time, Period period)
    {
        var command = connection.CreateCommand();
        command.CommandText = $"{select} WHERE meter = @meter AND {time} >= @from AND {time} < @to ORDER BY {time}";
        Bind(command, ("@meter", 0), ("@from", period.From.UnixMilliseconds), ("@to", period.To.UnixMilliseconds));
        return command;
    }

    static SeriesKey Series(System.Data.Common.DbDataReader row) => new(row.Meter(0), (Quantity)row.Int(1));

    static void Bind(SqliteCommand command, params ReadOnlySpan<(string Name, object Value)> values)
    {
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
    }
}
