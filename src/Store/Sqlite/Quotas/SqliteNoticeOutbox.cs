using Dapper;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Quotas;

sealed class SqliteNoticeOutbox(SqliteFiles files) : INoticeOutbox
{
    const string Notices =
        "SELECT id, number, institution, period, version, replaces, title, sha256, issued_at AS issuedAt";
    const string Deliveries =
        """
        SELECT id, notice, channel, address, state, attempts, next_attempt AS nextAttempt, delivered_at AS deliveredAt,
            last_error AS lastError
        FROM delivery
        """;

    readonly SqliteFile _file = files.Records;

    public async ValueTask<bool> IssueAsync(
        Notice notice, IReadOnlyList<Delivery> deliveries, CancellationToken stop) =>
        await _file.WriteAsync(
            connection =>
            {
                if (!Insert(connection, notice)) return false;
                foreach (var delivery in deliveries) Insert(connection, delivery);
                return true;
            },
            stop);

    public async ValueTask<IReadOnlyList<Delivery>> DueAsync(Instant now, int limit, CancellationToken stop) =>
        await _file.WriteAsync<IReadOnlyList<Delivery>>(
            connection =>
            {
                var due = Query(
                    connection,
                    """
                    WHERE state = @waiting AND (next_attempt IS NULL OR next_attempt <= @now)
                    ORDER BY COALESCE(next_attempt, 0), id LIMIT @limit
                    """,
                    new { waiting = (int)DeliveryState.Waiting, now, limit });
                var until = now + INoticeOutbox.Lease;
                connection.Execute(
                    "UPDATE delivery SET next_attempt = @until WHERE id = @Id",
                    due.Select(delivery => new { delivery.Id, until }));
                return due;
            },
            stop);

    public async ValueTask RecordAsync(
        DeliveryAttempt attempt, DeliveryState state, CancellationToken stop) => await _file.WriteAsync(
        connection =>
        {
            connection.Execute(
                """
                INSERT INTO delivery_attempt (delivery, at, delivered, error, next_attempt)
                VALUES (@DeliveryId, @At, @delivered, @Error, @NextAttempt)
                """,
                new
                {
                    attempt.DeliveryId, attempt.At, delivered = attempt.Delivered ? 1 : 0, attempt.Error,
                    attempt.NextAttempt,
                });
            // What has been delivered stays delivered, whatever a slower attempt beside it says.
            connection.Execute(
                """
                UPDATE delivery SET
                    attempts = attempts + @counted,
                    state = CASE WHEN state = @done THEN state ELSE @state END,
                    next_attempt = CASE WHEN state = @done THEN NULL ELSE @next END,
                    last_error = CASE WHEN state = @done THEN last_error ELSE @Error END,
                    delivered_at = COALESCE(delivered_at, @deliveredAt)
                WHERE id = @DeliveryId
                """,
                new
                {
                    attempt.DeliveryId, attempt.Error, counted = attempt.Counted ? 1 : 0,
                    done = (int)DeliveryState.Delivered, state = (int)state,
                    next = state == DeliveryState.Waiting ? attempt.NextAttempt : null,
                    deliveredAt = attempt.Delivered ? attempt.At : (Instant?)null,
                });
        },
        stop);

    public async ValueTask<string?> LatestPeriodAsync(CancellationToken stop) => await _file.ReadAsync(
        connection => connection.QuerySingle<string?>("SELECT MAX(period) FROM notice"), stop);

    public async ValueTask<Notice?> FindAsync(string noticeId, CancellationToken stop) => await _file.ReadAsync(
        connection => connection.QuerySingleOrDefault<NoticeRow>(
            Notices + ", body FROM notice WHERE id = @noticeId", new { noticeId })?.Notice(),
        stop);

    public async ValueTask<IReadOnlyList<Notice>> ListAsync(
        IReadOnlyCollection<string> institutions, string? period, CancellationToken stop)
    {
        var inPeriod = period is null ? "" : "AND period = @period";
        var sql =
            $"{Notices}, NULL AS body FROM notice WHERE institution IN @institutions {inPeriod} "
            + "ORDER BY issued_at DESC, number DESC";
        return await _file.ReadAsync<IReadOnlyList<Notice>>(
            connection =>
                [.. connection.Query<NoticeRow>(sql, new { institutions, period }).Select(row => row.Notice())], stop);
    }

    public async ValueTask<IReadOnlyList<Delivery>> DeliveriesAsync(string noticeId, CancellationToken stop) =>
        await _file.ReadAsync(
            connection => Query(connection, "WHERE notice = @noticeId ORDER BY channel, address", new { noticeId }),
            stop);

    public async ValueTask<bool> SignAsync(NoticeReceipt receipt, CancellationToken stop) => await _file.WriteAsync(
        connection => connection.Execute(
            """
            INSERT INTO notice_receipt (notice, signed_by, signed_at, objection)
            VALUES (@NoticeId, @SignedBy, @SignedAt, @Objection)
            ON CONFLICT (notice) DO NOTHING
            """,
            receipt),
        stop) == 1;

    public async ValueTask<NoticeReceipt?> ReceiptAsync(
        string noticeId, CancellationToken stop) => await _file.ReadAsync(
        connection => connection.QuerySingleOrDefault<NoticeReceipt>(
            """
            SELECT notice AS noticeId, signed_by AS signedBy, signed_at AS signedAt, objection
            FROM notice_receipt WHERE notice = @noticeId
            """,
            new { noticeId }),
        stop);

    static bool Insert(SqliteConnection connection, Notice notice) => connection.Execute(
        """
        INSERT INTO notice (id, number, institution, period, version, replaces, title, sha256, issued_at, body)
        VALUES (@Id, @Number, @Institution, @Period, @Version, @Replaces, @Title, @Sha256, @IssuedAt, @body)
        ON CONFLICT (institution, period, version) DO NOTHING
        """,
        new
        {
            notice.Id, notice.Number, notice.Institution, notice.Period, notice.Version, notice.Replaces, notice.Title,
            notice.Sha256, notice.IssuedAt, body = notice.Body.ToArray(),
        }) == 1;

    static void Insert(SqliteConnection connection, Delivery delivery) => connection.Execute(
        """
        INSERT INTO delivery (id, notice, channel, address, state, attempts, next_attempt, delivered_at, last_error)
        VALUES (@Id, @NoticeId, @channel, @Address, @state, @Attempts, @NextAttempt, @DeliveredAt, @LastError)
        """,
        new
        {
            delivery.Id, delivery.NoticeId, channel = (int)delivery.Channel, delivery.Address,
            state = (int)delivery.State, delivery.Attempts, delivery.NextAttempt, delivery.DeliveredAt,
            delivery.LastError,
        });

    static IReadOnlyList<Delivery> Query(SqliteConnection connection, string where, object values) =>
        [.. connection.Query<DeliveryRow>($"{Deliveries} {where}", values).Select(row => row.Delivery())];

    sealed record NoticeRow
    {
        public required string Id { get; init; }
        public required string Number { get; init; }
        public required string Institution { get; init; }
        public required string Period { get; init; }
        public int Version { get; init; }
        public string? Replaces { get; init; }
        public required string Title { get; init; }
        public required string Sha256 { get; init; }
        public Instant IssuedAt { get; init; }
        public byte[]? Body { get; init; }

        public Notice Notice() =>
            new(Id, Number, Institution, Period, Version, Replaces, Title, Body, Sha256, IssuedAt);
    }

    sealed record DeliveryRow(
        string Id, string Notice, long Channel, string Address, long State, long Attempts, Instant? NextAttempt,
        Instant? DeliveredAt, string? LastError)
    {
        public Delivery Delivery() => new(
            Id, Notice, (NoticeChannel)Channel, Address, (DeliveryState)State, (int)Attempts, NextAttempt, DeliveredAt,
            LastError);
    }
}
