using System.Data.Common;
using Dapper;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Registry;

/// <summary>Reads the facts in force: of every subject the row with the highest version.</summary>
static class RegistryReading
{
    public static long Version(SqliteConnection connection) =>
        connection.ExecuteScalar<long>("SELECT COALESCE(MAX(version), 0) FROM registry_version");

    public static Dictionary<string, MeterId> MeterIds(SqliteConnection connection) =>
        connection.List("SELECT code, id FROM meter", row => (Code: row.Text(0), Id: row.Meter(1)))
            .ToDictionary(meter => meter.Code, meter => meter.Id);

    public static RegistryRows InForce(SqliteConnection connection) => new()
    {
        Institutions = Latest(
            connection, "code, valid_from, valid_to, name, type, system, parent FROM institution_fact", Institution,
            RegistrySubjects.Of),
        Areas = Latest(
            connection, "institution, valid_from, floor_m2, heated_m2, source FROM floor_area_fact",
            row => new AreaRow(
                default, row.Text(0), row.Day(1), new FloorArea(row.Number(2), row.NumberOrNull(3)), row.TextOrNull(4)),
            RegistrySubjects.Of),
        HeadCounts = Latest(
            connection, "institution, valid_from, category, head_count, source FROM head_count_fact",
            row => new HeadCountRow(default, row.Text(0), row.Day(1), row.Text(2), row.Number(3), row.TextOrNull(4)),
            RegistrySubjects.Of),
        Gateways = Latest(
            connection, "code, name, kind, endpoint, username, secret_hash, valid_from, dialect FROM gateway_fact", Gateway,
            RegistrySubjects.Of),
        Meters = Latest(
            connection,
            """
            f.code, carrier, valid_from, valid_to, institution, name, role, parent, multiplier, rated_power_kw,
            register_max, interval_s, model, gateway, address FROM meter_fact f JOIN meter m ON m.code = f.code
            """,
            Meter, RegistrySubjects.Of),
        Replacements = Latest(
            connection, "meter, at, end_reading, start_reading FROM meter_replacement",
            row => new ReplacementRow(
                default, row.Text(0), new MeterReplacement(row.Instant(1), row.Number(2), row.Number(3))),
            RegistrySubjects.Of),
        Targets = Latest(
            connection, "year, indicator, base_year, reduction_percent, cap, source FROM target_fact",
            row => new TargetRow(
                default,
                new Target(row.Int(0), row.Text(1), row.Int(2), row.NumberOrNull(3), row.NumberOrNull(4), row.Text(5))),
            RegistrySubjects.Of),
        PvSites = Latest(
            connection,
            """
            code, institution, name, capacity_kwp, array_area_m2, generation_meter, import_meter, export_meter,
            irradiance_meter
            FROM pv_site_fact
            """,
            PvSite, RegistrySubjects.Of),
        Addresses = Latest(
            connection, "institution, channel, address, secret FROM notice_address_fact",
            row => new AddressRow(
                default, new NoticeAddress(row.Text(0), (NoticeChannel)row.Int(1), row.Text(2), row.TextOrNull(3))),
            RegistrySubjects.Of),
    };

    static IReadOnlyList<TRow> Latest<TRow>(
        SqliteConnection connection, string columns, Func<DbDataReader, TRow> read, Func<TRow, string> subject)
    {
        var latest = new Dictionary<string, TRow>();
        foreach (var row in connection.List($"SELECT {columns} ORDER BY version", read)) latest[subject(row)] = row;
        return [.. latest.Values];
    }

    static InstitutionRow Institution(DbDataReader row) => new(
        default, row.Text(0), row.Day(1), row.DayOrNull(2),
        new InstitutionFacts(row.Text(3), row.Text(4), row.Text(5), row.TextOrNull(6)));

    static GatewayRow Gateway(DbDataReader row) => new(
        default, row.Text(0), row.Text(1), (GatewayKind)row.Int(2), row.TextOrNull(3), row.Text(4), row.TextOrNull(5),
        row.Day(6), row.TextOrNull(7));

    static MeterRow Meter(DbDataReader row) => new(
        default, row.Text(0), (Carrier)row.Int(1), row.Day(2), row.DayOrNull(3),
        new MeterFacts(
            row.Text(4), row.Text(5), (MeterRole)row.Int(6), row.TextOrNull(7), row.Number(8), row.NumberOrNull(9),
            row.NumberOrNull(10), row.Int(11), row.TextOrNull(12), row.TextOrNull(13), row.TextOrNull(14)));

    static PvSiteRow PvSite(DbDataReader row) => new(
        default,
        new PvSite(
            row.Text(0), row.Text(1), row.Text(2), row.Number(3), row.NumberOrNull(4), row.Text(5), row.TextOrNull(6),
            row.TextOrNull(7), row.TextOrNull(8)));
}
