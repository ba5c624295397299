using System.Text.Json;
using Dapper;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Quotas;

sealed class SqliteQuotaStore(SqliteFiles files) : IQuotaStore
{
    const string InForce =
        """
        SELECT institution, year, indicator, amount, unit, pace, caliber, basis, version, set_at AS setAt,
        set_by AS setBy FROM quota q
        WHERE version = (
            SELECT MAX(version) FROM quota l WHERE l.institution = q.institution AND l.year = q.year
            AND l.indicator = q.indicator)
        """;

    readonly SqliteFile _file = files.Records;

    public async ValueTask<IReadOnlyList<Quota>> SetAsync(IReadOnlyList<Quota> quotas, CancellationToken stop) =>
        await _file.WriteAsync<IReadOnlyList<Quota>>(
            connection => [.. quotas.Select(quota => Set(connection, quota))], stop);

    public async ValueTask<IReadOnlyList<Quota>> InForceAsync(int year, CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<Quota>>(
            connection =>
            [
                .. connection.Query<Row>(InForce + " AND year = @year ORDER BY institution, indicator", new { year })
                    .Select(row => row.Quota()),
            ],
            stop);

    static Quota Set(SqliteConnection connection, Quota quota)
    {
        var known = connection.QuerySingleOrDefault<Row>(
            InForce + " AND institution = @Institution AND year = @Year AND indicator = @Indicator",
            new { quota.Institution, quota.Year, quota.Indicator })?.Quota();
        if (known is not null && Same(known, quota)) return known;
        var next = quota with { Version = (known?.Version ?? 0) + 1 };
        connection.Execute(
            """
            INSERT INTO quota (institution, year, indicator, version, amount, unit, pace, caliber, basis, set_at,
            set_by)
            VALUES (@Institution, @Year, @Indicator, @Version, @Amount, @Unit, @pace, @CaliberId, @Basis, @SetAt,
            @SetBy)
            """,
            new
            {
                next.Institution, next.Year, next.Indicator, next.Version, next.Amount, next.Unit,
                pace = JsonSerializer.Serialize(next.Pace), next.CaliberId, next.Basis, next.SetAt, next.SetBy,
            });
        return next;
    }

    static bool Same(Quota known, Quota quota) =>
        known.Amount == quota.Amount && known.Unit == quota.Unit && known.CaliberId == quota.CaliberId
            && known.Basis == quota.Basis
        && known.Pace.SequenceEqual(quota.Pace);

    sealed record Row(
        string Institution, long Year, string Indicator, double Amount, string Unit, string Pace, string Caliber,
        string Basis, long Version, Instant SetAt, string SetBy)
    {
        public Quota Quota() => new(
            Institution, (int)Year, Indicator, Amount, Unit, JsonSerializer.Deserialize<double[]>(Pace)!, Caliber,
            Basis, (int)Version, SetAt, SetBy);
    }
}
