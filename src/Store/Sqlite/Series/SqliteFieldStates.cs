using Dapper;
using EnergyWatch.Domain.Series;
using EnergyWatch.Store.Sqlite.Gateways;

namespace EnergyWatch.Store.Sqlite.Series;

/// <summary>One row per (gateway, meter); the gateway's own has the empty meter, since a key cannot be null.</summary>
sealed class SqliteFieldStates(SqliteFiles files) : IFieldStates
{
    readonly SqliteFile _file = files.Records;

    public async ValueTask SaveAsync(IReadOnlyList<FieldState> states, CancellationToken stop)
    {
        if (states.Count == 0) return;
        var rows = states.Select(state => new
        {
            state.Gateway, Meter = state.Meter ?? "", state.LastSeen, state.FaultAt, state.Fault,
        });
        await _file.WriteAsync(
            connection =>
            {
                connection.Execute(
                    """
                    INSERT INTO field_state (gateway, meter, last_seen, fault_at, fault)
                    VALUES (@Gateway, @Meter, @LastSeen, @FaultAt, @Fault)
                    ON CONFLICT (gateway, meter) DO UPDATE SET
                        last_seen = COALESCE(excluded.last_seen, field_state.last_seen),
                        fault_at = COALESCE(excluded.fault_at, field_state.fault_at),
                        fault = COALESCE(excluded.fault, field_state.fault)
                    """,
                    rows);
                foreach (var state in states)
                    if (state.Life is { } life) GatewayLifeRows.Save(connection, state.Gateway, life);
            },
            stop);
    }

    public async ValueTask<IReadOnlyList<FieldState>> ListAsync(CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<FieldState>>(
            connection =>
            {
                var lives = GatewayLifeRows.All(connection);
                return connection.List(
                    "SELECT gateway, meter, last_seen, fault_at, fault FROM field_state ORDER BY gateway, meter",
                    row =>
                    {
                        var meter = row.Text(1) is { Length: > 0 } code ? code : null;
                        return new FieldState(
                            row.Text(0), meter, row.InstantOrNull(2), row.InstantOrNull(3), row.TextOrNull(4))
                        {
                            Life = meter is null ? lives.GetValueOrDefault(row.Text(0)) : null,
                        };
                    });
            },
            stop);
}
