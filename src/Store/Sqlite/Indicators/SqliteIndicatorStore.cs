using System.Text.Encodings.Web;
using System.Text.Json;
using Dapper;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Indicators;

/// <summary>One row per value; its derivation beside it as JSON, since it is only ever read whole.</summary>
sealed class SqliteIndicatorStore(SqliteFiles files) : IIndicatorStore
{
    const string Columns =
        """
        id, scope, indicator, period, value, unit, coverage, estimated, reason, as_of AS asOf, caliber,
        registry_version AS registryVersion, version
        """;

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    readonly SqliteFile _file = files.Records;

    public async ValueTask SaveAsync(IReadOnlyList<IndicatorValue> values, CancellationToken stop)
    {
        if (values.Count == 0) return;
        await _file.WriteAsync(
            connection =>
            {
                foreach (var value in values) Save(connection, value);
            },
            stop);
    }

    public async ValueTask<IReadOnlyList<IndicatorValue>> FindAsync(
        IReadOnlyCollection<string> scopes, IReadOnlyCollection<string> periods, string caliberId,
        IReadOnlyCollection<string>? indicators, CancellationToken stop)
    {
        var chosen = indicators is null ? "" : "AND indicator IN @indicators";
        var sql =
            $"""
            SELECT {Columns}, NULL AS derivation FROM indicator_value
            WHERE scope IN @scopes AND period IN @periods AND caliber = @caliberId {chosen}
            ORDER BY scope, period, indicator
            """;
        return await _file.ReadAsync<IReadOnlyList<IndicatorValue>>(
            connection =>
                [.. connection.Query<Row>(sql, new { scopes, periods, caliberId, indicators }).Select(Value)], stop);
    }

    public async ValueTask<IndicatorValue?> GetAsync(long id, CancellationToken stop) =>
        await _file.ReadAsync(
            connection => connection.Query<Row>(
                $"SELECT {Columns}, derivation FROM indicator_value WHERE id = @id", new { id })
                .Select(Value).SingleOrDefault(),
            stop);

    static void Save(SqliteConnection connection, IndicatorValue value)
    {
        if (value.Value is null == value.Reason is null)
            throw new ArgumentException(
                $"{value.Scope} {value.Indicator} {value.Period}: a value is null exactly when it has a reason.");
        var key = new { value.Scope, value.Period, value.CaliberId, value.Indicator };
        var known = connection.QuerySingleOrDefault<Row>(
            $"""
            SELECT {Columns}, derivation FROM indicator_value
            WHERE scope = @Scope AND period = @Period AND caliber = @CaliberId AND indicator = @Indicator
            """,
            key);
        var derivation = JsonSerializer.Serialize(value.Derivation, Json);
        connection.Execute(
            """
            INSERT INTO indicator_value (scope, indicator, period, caliber, value, unit, coverage, estimated, reason,
                as_of, registry_version, version, derivation)
            VALUES (@Scope, @Indicator, @Period, @CaliberId, @Value, @Unit, @Coverage, @Estimated, @Reason, @AsOf,
                @RegistryVersion, @version, @derivation)
            ON CONFLICT (scope, period, caliber, indicator) DO UPDATE SET
                value = excluded.value, unit = excluded.unit, coverage = excluded.coverage,
                estimated = excluded.estimated, reason = excluded.reason, as_of = excluded.as_of,
                registry_version = excluded.registry_version, version = excluded.version,
                derivation = excluded.derivation
            """,
            new
            {
                value.Scope, value.Indicator, value.Period, value.CaliberId, value.Value, value.Unit, value.Coverage,
                value.Estimated, value.Reason, value.AsOf, value.RegistryVersion, derivation,
                version = known is null ? 1 : Same(known, value, derivation) ? known.Version : known.Version + 1,
            });
    }

    // A later moment or registry alone is no change: the figure and how it came about are as they were.
    static bool Same(Row known, IndicatorValue value, string derivation) =>
        known.Value == value.Value && known.Unit == value.Unit && known.Coverage == value.Coverage
        && known.Estimated == value.Estimated && known.Reason == value.Reason && known.Derivation == derivation;

    static IndicatorValue Value(Row row) => new(
        row.Id, row.Scope, row.Indicator, row.Period, row.Value, row.Unit, row.Coverage, row.Estimated, row.Reason,
        row.AsOf, row.Caliber, row.RegistryVersion, row.Version,
        row.Derivation is null ? Derivation.None("") : JsonSerializer.Deserialize<Derivation>(row.Derivation, Json)!);

    sealed record Row
    {
        public long Id { get; init; }
        public required string Scope { get; init; }
        public required string Indicator { get; init; }
        public required string Period { get; init; }
        public double? Value { get; init; }
        public required string Unit { get; init; }
        public double Coverage { get; init; }
        public double Estimated { get; init; }
        public string? Reason { get; init; }
        public Instant AsOf { get; init; }
        public required string Caliber { get; init; }
        public long RegistryVersion { get; init; }
        public int Version { get; init; }
        public string? Derivation { get; init; }
    }
}
