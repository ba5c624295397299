using Dapper;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite;

/// <summary>The data were reckoned in another zone than this program is told to use; the message says which and what to do.</summary>
public sealed class StoreZoneException(string message) : Exception(message);

/// <summary>
/// Binds the records file to the reporting zone it is first opened with. Days, months and everything counted by them are cut at the
/// zone's midnights: in another zone the old figures would stand beside the new ones and be added to them.
/// </summary>
sealed class ZoneBinding(SqliteFiles files, ReportingCalendar calendar)
{
    const string Name = "reporting_zone";

    public Task BindAsync(CancellationToken stop) => files.Records.WriteAsync(Bind, stop);

    void Bind(SqliteConnection connection)
    {
        var zone = calendar.Zone.Id;
        connection.Execute("INSERT INTO binding (name, value) VALUES (@Name, @zone) ON CONFLICT (name) DO NOTHING", new { Name, zone });
        var bound = connection.ExecuteScalar<string>("SELECT value FROM binding WHERE name = @Name", new { Name });
        if (bound != zone)
            throw new StoreZoneException(
                $"{files.Records.Path} was reckoned in the reporting zone {bound}, not in {zone}. Set the zone back to {bound}, or start "
                + "with an empty data folder and import the readings again.");
    }
}
