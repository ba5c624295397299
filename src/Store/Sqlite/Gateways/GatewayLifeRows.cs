using System.Data.Common;
using Dapper;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Gateways;

/// <summary>The table <c>gateway_life</c>: what is null says nothing new, what is counted adds up.</summary>
static class GatewayLifeRows
{
    const string Upsert =
        """
        INSERT INTO gateway_life (
            gateway, link, link_since, link_reason, link_detail,
            way, address, client_id, protocol, is_tls, connected_at,
            messages, readings, quarantined, faults, bytes, connections, counting_since,
            drift_ms, drift_messages, drift_at, sends_time)
        VALUES (
            @Gateway, @Link, @LinkSince, @LinkReason, @LinkDetail,
            @Way, @Address, @ClientId, @Protocol, @IsTls, @ConnectedAt,
            @Messages, @Readings, @Quarantined, @Faults, @Bytes, @Connections, @CountingSince,
            @DriftMs, @DriftMessages, @DriftAt, @SendsTime)
        ON CONFLICT (gateway) DO UPDATE SET
            link_since = CASE WHEN excluded.link IS NULL THEN link_since ELSE excluded.link_since END,
            link_reason = CASE WHEN excluded.link IS NULL THEN link_reason ELSE excluded.link_reason END,
            link_detail = CASE WHEN excluded.link IS NULL THEN link_detail ELSE excluded.link_detail END,
            link = COALESCE(excluded.link, link),
            address = CASE WHEN excluded.way IS NULL THEN address ELSE excluded.address END,
            client_id = CASE WHEN excluded.way IS NULL THEN client_id ELSE excluded.client_id END,
            protocol = CASE WHEN excluded.way IS NULL THEN protocol ELSE excluded.protocol END,
            is_tls = CASE WHEN excluded.way IS NULL THEN is_tls ELSE excluded.is_tls END,
            connected_at = CASE WHEN excluded.way IS NULL THEN connected_at ELSE excluded.connected_at END,
            way = COALESCE(excluded.way, way),
            messages = messages + excluded.messages,
            readings = readings + excluded.readings,
            quarantined = quarantined + excluded.quarantined,
            faults = faults + excluded.faults,
            bytes = bytes + excluded.bytes,
            connections = connections + excluded.connections,
            drift_ms = COALESCE(excluded.drift_ms, drift_ms),
            drift_messages = COALESCE(excluded.drift_messages, drift_messages),
            drift_at = COALESCE(excluded.drift_at, drift_at),
            sends_time = COALESCE(excluded.sends_time, sends_time)
        """;

    const string Select =
        """
        SELECT gateway, link, link_since, link_reason, link_detail,
            way, address, client_id, protocol, is_tls, connected_at,
            messages, readings, quarantined, faults, bytes, connections, counting_since,
            drift_ms, drift_messages, drift_at, sends_time
        FROM gateway_life
        """;

    public static void Save(SqliteConnection connection, string gateway, GatewayLife life)
    {
        var (link, way, traffic, drift) = (life.Link, life.Connection, life.Traffic, life.Drift);
        connection.Execute(Upsert, new
        {
            Gateway = gateway,
            Link = (int?)link?.Link, LinkSince = link?.Since, LinkReason = link?.Reason, LinkDetail = link?.Detail,
            way?.Way, way?.Address, way?.ClientId, way?.Protocol, way?.IsTls, ConnectedAt = way?.Since,
            traffic.Messages, traffic.Readings, traffic.Quarantined, traffic.Faults, traffic.Bytes, traffic.Connections,
            CountingSince = life.CountingSince ?? throw new ArgumentException("It must say since when it counts."),
            DriftMs = drift?.Ms, DriftMessages = drift?.Messages, DriftAt = drift?.At, life.SendsTime,
        });
        SqliteGatewayFaults.Save(connection, gateway, life.Faults);
    }

    public static Dictionary<string, GatewayLife> All(SqliteConnection connection) =>
        connection.List(Select, row => (Gateway: row.Text(0), Life: Of(row)))
            .ToDictionary(row => row.Gateway, row => row.Life);

    static GatewayLife Of(DbDataReader row) => new()
    {
        Link = row.IsDBNull(1)
            ? null : new LinkState((GatewayLink)row.Int(1), row.Instant(2), row.TextOrNull(3), row.TextOrNull(4)),
        Connection = row.TextOrNull(5) is { } way
            ? new GatewayConnected(
                way, row.TextOrNull(6), row.TextOrNull(7), row.TextOrNull(8), FlagOrNull(row, 9), row.InstantOrNull(10))
            : null,
        Traffic = new GatewayTraffic(
            row.GetInt64(11), row.GetInt64(12), row.GetInt64(13), row.GetInt64(14), row.GetInt64(15), row.GetInt64(16)),
        CountingSince = row.Instant(17),
        Drift = row.IsDBNull(18) ? null : new ClockDrift(row.GetInt64(18), row.Int(19), row.Instant(20)),
        SendsTime = FlagOrNull(row, 21),
    };

    static bool? FlagOrNull(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column) != 0;
}
