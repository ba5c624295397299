using Dapper;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Store.Sqlite.Access;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Registry;

/// <summary>
/// Adds the facts of an edit under a new version, with an audit entry each. Runs inside one write transaction.
/// </summary>
static class RegistryWriting
{
    public static void Add(
        SqliteConnection connection, IReadOnlyList<RegistryChange> changes, long version, Instant at, string actor)
    {
        connection.Execute(
            "INSERT INTO registry_version (version, changed_at, changed_by) VALUES (@version, @at, @actor)",
            new { version, at, actor });
        foreach (var change in changes) Add(connection, change.After, version);
        SqliteAuditLog.Insert(connection, changes.Select(change => RegistryAudit.Entry(change, at, actor)));
    }

    static void Add(SqliteConnection connection, object row, long version)
    {
        _ = row switch
        {
            InstitutionRow fact => Institution(connection, fact, version),
            AreaRow fact => Area(connection, fact, version),
            HeadCountRow fact => HeadCount(connection, fact, version),
            GatewayRow fact => Gateway(connection, fact, version),
            MeterRow fact => Meter(connection, fact, version),
            ReplacementRow fact => Replacement(connection, fact, version),
            TargetRow fact => Target(connection, fact, version),
            PvSiteRow fact => PvSite(connection, fact, version),
            AddressRow fact => Address(connection, fact, version),
            _ => throw new ArgumentOutOfRangeException(nameof(row), row, "No such kind of fact."),
        };
    }

    static int Institution(SqliteConnection connection, InstitutionRow row, long version) => connection.Execute(
        """
        INSERT INTO institution_fact (code, valid_from, version, valid_to, name, type, system, parent)
        VALUES (@Code, @ValidFrom, @version, @ValidTo, @Name, @Type, @System, @Parent)
        """,
        new
        {
            row.Code, row.ValidFrom, version, row.ValidTo, row.Facts.Name, row.Facts.Type, row.Facts.System,
            row.Facts.Parent,
        });

    static int Area(SqliteConnection connection, AreaRow row, long version) => connection.Execute(
        """
        INSERT INTO floor_area_fact (institution, valid_from, version, floor_m2, heated_m2, source)
        VALUES (@Institution, @ValidFrom, @version, @FloorM2, @HeatedM2, @Source)
        """,
        new { row.Institution, row.ValidFrom, version, row.Area.FloorM2, row.Area.HeatedM2, row.Source });

    static int HeadCount(SqliteConnection connection, HeadCountRow row, long version) => connection.Execute(
        """
        INSERT INTO head_count_fact (institution, category, valid_from, version, head_count, source)
        VALUES (@Institution, @Category, @ValidFrom, @version, @Count, @Source)
        """,
        new { row.Institution, row.Category, row.ValidFrom, version, row.Count, row.Source });

    static int Gateway(SqliteConnection connection, GatewayRow row, long version) => connection.Execute(
        """
        INSERT INTO gateway_fact (code, valid_from, version, name, kind, endpoint, username, secret_hash, dialect)
        VALUES (@Code, @ValidFrom, @version, @Name, @kind, @Endpoint, @Username, @SecretHash, @Dialect)
        """,
        new
        {
            row.Code, row.ValidFrom, version, row.Name, kind = (int)row.Kind, row.Endpoint, row.Username,
            row.SecretHash, row.Dialect,
        });

    static int Meter(SqliteConnection connection, MeterRow row, long version)
    {
        connection.Execute(
            "INSERT INTO meter (code, carrier) VALUES (@Code, @carrier) ON CONFLICT (code) DO NOTHING",
            new { row.Code, carrier = (int)row.Carrier });
        return connection.Execute(
            """
            INSERT INTO meter_fact (code, valid_from, version, valid_to, institution, name, role, parent, multiplier,
                rated_power_kw, register_max, interval_s, model, gateway, address)
            VALUES (@Code, @ValidFrom, @version, @ValidTo, @Institution, @Name, @role, @Parent, @Multiplier,
                @RatedPowerKw, @RegisterMax, @IntervalS, @Model, @Gateway, @Address)
            """,
            new
            {
                row.Code, row.ValidFrom, version, row.ValidTo, row.Facts.Institution, row.Facts.Name,
                role = (int)row.Facts.Role, row.Facts.Parent, row.Facts.Multiplier, row.Facts.RatedPowerKw,
                row.Facts.RegisterMax, row.Facts.IntervalS, row.Facts.Model, row.Facts.Gateway, row.Facts.Address,
            });
    }

    static int Replacement(SqliteConnection connection, ReplacementRow row, long version) => connection.Execute(
        """
        INSERT INTO meter_replacement (meter, at, version, end_reading, start_reading)
        VALUES (@Meter, @At, @version, @EndReading, @StartReading)
        """,
        new { row.Meter, row.Replacement.At, version, row.Replacement.EndReading, row.Replacement.StartReading });

    static int Target(SqliteConnection connection, TargetRow row, long version) => connection.Execute(
        """
        INSERT INTO target_fact (year, indicator, version, base_year, reduction_percent, cap, source)
        VALUES (@Year, @Indicator, @version, @BaseYear, @ReductionPercent, @Cap, @Source)
        """,
        new
        {
            row.Target.Year, row.Target.Indicator, version, row.Target.BaseYear, row.Target.ReductionPercent,
            row.Target.Cap, row.Target.Source,
        });

    static int PvSite(SqliteConnection connection, PvSiteRow row, long version) => connection.Execute(
        """
        INSERT INTO pv_site_fact (code, version, institution, name, capacity_kwp, array_area_m2, generation_meter,
            import_meter, export_meter, irradiance_meter)
        VALUES (@Code, @version, @Institution, @Name, @CapacityKwp, @ArrayAreaM2, @GenerationMeter, @ImportMeter,
            @ExportMeter, @IrradianceMeter)
        """,
        new
        {
            row.Site.Code, version, row.Site.Institution, row.Site.Name, row.Site.CapacityKwp, row.Site.ArrayAreaM2,
            row.Site.GenerationMeter, row.Site.ImportMeter, row.Site.ExportMeter, row.Site.IrradianceMeter,
        });

    static int Address(SqliteConnection connection, AddressRow row, long version) => connection.Execute(
        """
        INSERT INTO notice_address_fact (institution, channel, version, address, secret)
        VALUES (@Institution, @channel, @version, @Address, @Secret)
        """,
        new
        {
            row.Address.Institution, channel = (int)row.Address.Channel, version, row.Address.Address,
            row.Address.Secret,
        });
}
