using Dapper;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Store.Sqlite.Series;

sealed class SqliteQuarantine(SqliteFiles files, TimeProvider clock) : IQuarantine
{
    const string Columns = "SELECT id, at, source, code, detail, format, payload FROM quarantine ";

    readonly SqliteFile _file = files.Records;

    public async ValueTask AddAsync(IReadOnlyList<QuarantineItem> items, CancellationToken stop)
    {
        if (items.Count == 0) return;
        var rows = items.Select(item => new
        {
            item.At, item.Source, item.Code, item.Detail, item.Format, Payload = item.Payload.ToArray(),
        });
        await _file.WriteAsync(
            connection => connection.Execute(
                """
                INSERT INTO quarantine (at, source, code, detail, format, payload)
                VALUES (@At, @Source, @Code, @Detail, @Format, @Payload)
                """,
                rows),
            stop);
    }

    public async ValueTask<IReadOnlyList<QuarantineItem>> ListAsync(int limit, long? before, CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<QuarantineItem>>(
            connection =>
            [
                .. connection.Query<Row>(
                    Columns + "WHERE outcome IS NULL AND id < @below ORDER BY id DESC LIMIT @limit",
                    new { below = before ?? long.MaxValue, limit }).Select(row => row.Item()),
            ],
            stop);

    public async ValueTask<QuarantineSummary> SummaryAsync(CancellationToken stop) =>
        await _file.ReadAsync(
            connection =>
            {
                var sources = connection.Query<SourceRow>(
                    "SELECT source, count(*) AS items, min(at) AS oldest FROM quarantine WHERE outcome IS NULL GROUP BY source ORDER BY source").ToList();
                return new QuarantineSummary(
                    (int)sources.Sum(row => row.Items), sources.Count == 0 ? null : sources.Min(row => row.Oldest), [.. sources.Select(row => row.Source)]);
            },
            stop);

    public async ValueTask<QuarantineItem?> FindAsync(long id, CancellationToken stop) =>
        await _file.ReadAsync(
            connection => connection.QuerySingleOrDefault<Row>(Columns + "WHERE id = @id", new { id })?.Item(), stop);

    public async ValueTask<bool> CloseAsync(long id, QuarantineOutcome outcome, string actor, CancellationToken stop) =>
        await _file.WriteAsync(
            connection => connection.Execute(
                """
                UPDATE quarantine SET outcome = @outcome, closed_at = @at, closed_by = @actor
                WHERE id = @id AND outcome IS NULL
                """,
                new { id, outcome = (int)outcome, at = clock.Now(), actor }),
            stop) == 1;

    // Properties, not parameters: an empty result says nothing of its columns' types.
    sealed record SourceRow
    {
        public string Source { get; init; } = "";
        public long Items { get; init; }
        public Instant Oldest { get; init; }
    }

    sealed record Row(long Id, Instant At, string Source, string Code, string Detail, string Format, byte[] Payload)
    {
        public QuarantineItem Item() => new(Id, At, Source, Code, Detail, Format, Payload);
    }
}
