using Dapper;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Gateways;

/// <summary>The last faults of each gateway; one that repeats is one row that counts.</summary>
sealed class SqliteGatewayFaults(SqliteFiles files) : IGatewayFaults
{
    readonly SqliteFile _file = files.Records;

    public async ValueTask<IReadOnlyList<GatewayFault>> OfAsync(string gateway, CancellationToken stop) =>
        await _file.ReadAsync<IReadOnlyList<GatewayFault>>(
            connection =>
            {
                using var command = connection.CreateCommand();
                command.CommandText =
                    """
                    SELECT first_at, at, meter, text, times FROM gateway_fault
                    WHERE gateway = $gateway ORDER BY at DESC, id DESC
                    """;
                command.Parameters.AddWithValue("$gateway", gateway);
                return command.List(row => new GatewayFault(
                    row.Instant(0), row.Instant(1), row.TextOrNull(2), row.Text(3), row.Int(4)));
            },
            stop);

    public static void Save(SqliteConnection connection, string gateway, IReadOnlyList<GatewayFault> faults)
    {
        if (faults.Count == 0) return;
        foreach (var fault in faults)
        {
            var row = new { Gateway = gateway, fault.Meter, fault.FirstAt, fault.At, fault.Text, fault.Times };
            var repeats = connection.Execute(
                """
                UPDATE gateway_fault SET at = @At, times = times + @Times
                WHERE gateway = @Gateway AND meter IS @Meter AND text = @Text
                """,
                row);
            if (repeats == 0)
                connection.Execute(
                    """
                    INSERT INTO gateway_fault (gateway, meter, first_at, at, text, times)
                    VALUES (@Gateway, @Meter, @FirstAt, @At, @Text, @Times)
                    """,
                    row);
        }
        connection.Execute(
            """
            DELETE FROM gateway_fault WHERE gateway = @Gateway AND id NOT IN (
                SELECT id FROM gateway_fault WHERE gateway = @Gateway ORDER BY at DESC, id DESC LIMIT @Most)
            """,
            new { Gateway = gateway, IGatewayFaults.Most });
    }
}
