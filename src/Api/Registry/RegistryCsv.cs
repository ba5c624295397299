using System.Globalization;
using System.Text.RegularExpressions;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Registry;

/// <summary>
/// Reads the registry files of a folder (contract section 3) into typed rows. A file that is not there is simply not imported.
/// </summary>
sealed partial class RegistryCsv(RegistrySnapshot current)
{
    readonly List<RegistryFault> _faults = [];

    /// <exception cref="RegistryRefusedException">with the faults of all files, when any cell cannot be read.</exception>
    public RegistryRows ReadFolder(string folder)
    {
        var rows = new RegistryRows
        {
            Institutions = Read(folder, "institutions.csv", ["code", "name", "type", "system", "parent", "valid_from"], ["valid_to"], Institution),
            Areas = Read(folder, "areas.csv", ["institution", "valid_from", "floor_area_m2"], ["heated_area_m2", "source"], Area),
            HeadCounts = Read(folder, "headcounts.csv", ["institution", "valid_from", "category", "count"], ["source"], HeadCount),
            Meters = Read(folder, "meters.csv",
                ["code", "institution", "name", "carrier", "role", "parent", "multiplier", "rated_power_kw", "register_max", "interval_s", "model", "gateway", "address", "valid_from"],
                ["valid_to"], Meter),
            Replacements = Read(folder, "replacements.csv", ["meter", "time", "end_reading", "start_reading"], [], Replacement),
            Gateways = Read(folder, "gateways.csv", ["code", "name", "kind", "endpoint", "username", "secret", "valid_from"], ["dialect"], Gateway),
            Targets = Read(folder, "targets.csv", ["year", "indicator", "base_year", "reduction_percent", "cap", "source"], [], Target),
            PvSites = Read(folder, "pv_sites.csv",
                ["code", "institution", "name", "capacity_kwp", "array_area_m2", "generation_meter", "import_meter", "export_meter", "irradiance_meter"], [], PvSite),
            Addresses = Read(folder, "addresses.csv", ["institution", "channel", "address"], ["secret"], Address),
        };
        return _faults.Count == 0 ? rows : throw new RegistryRefusedException(_faults);
    }

    List<T> Read<T>(string folder, string name, string[] required, string[] optional, Func<CsvRow, T> read)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) return [];
        using var text = new StreamReader(path);
        var table = new CsvTable(name, text, required, optional, _faults);
        return [.. table.Rows.Select(read)];
    }

    static InstitutionRow Institution(CsvRow row) => new(
        row.Place, row.Required("code"), row.RequiredDay("valid_from"), row.Day("valid_to"),
        new InstitutionFacts(row.Required("name"), row.Required("type"), row.Required("system"), row.Text("parent")));

    static AreaRow Area(CsvRow row) => new(
        row.Place, row.Required("institution"), row.RequiredDay("valid_from"),
        new FloorArea(row.RequiredNumber("floor_area_m2", 0), row.Number("heated_area_m2", 0)), row.Text("source"));

    static HeadCountRow HeadCount(CsvRow row) => new(
        row.Place, row.Required("institution"), row.RequiredDay("valid_from"), row.Required("category"),
        row.RequiredNumber("count", 0), row.Text("source"));

    static MeterRow Meter(CsvRow row)
    {
        if (!Carriers.TryParse(row.Required("carrier"), out var carrier)) row.Fault("carrier", $"is not one of {string.Join(", ", Carriers.All.Select(c => c.Key()))}");
        if (!MeterRoles.TryParse(row.Required("role"), out var role)) row.Fault("role", "is not one of main, sub, pv_generation, grid_import, grid_export, ev_charging, check");
        var facts = new MeterFacts(
            row.Required("institution"), row.Required("name"), role, row.Text("parent"), row.Number("multiplier") ?? 1,
            row.Number("rated_power_kw", 0), row.Number("register_max", 0), row.Whole("interval_s", 900, 1, 366 * 86_400),
            row.Text("model"), row.Text("gateway"), row.Text("address"));
        return new MeterRow(row.Place, row.Required("code"), carrier, row.RequiredDay("valid_from"), row.Day("valid_to"), facts);
    }

    static ReplacementRow Replacement(CsvRow row)
    {
        var time = row.Required("time");
        if (!WithOffset().IsMatch(time) || !DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
        {
            row.Fault("time", $"\"{time}\" is not a time with its offset like 2026-03-17T14:45:00+08:00");
            at = default;
        }
        return new ReplacementRow(row.Place, row.Required("meter"),
            new MeterReplacement(Instant.From(at), row.RequiredNumber("end_reading"), row.RequiredNumber("start_reading")));
    }

    GatewayRow Gateway(CsvRow row)
    {
        if (!GatewayKinds.TryParse(row.Required("kind"), out var kind)) row.Fault("kind", $"is not one of {GatewayKinds.All}");
        var code = row.Required("code");
        return new GatewayRow(
            row.Place, code, row.Required("name"), kind, row.Text("endpoint"), row.Text("username"),
            row.Text("secret") is { } secret ? Hash(code, secret) : null, row.RequiredDay("valid_from"), row.Text("dialect"));
    }

    // The same secret keeps its hash, so that importing a file twice changes nothing.
    string Hash(string gateway, string secret) =>
        current.Gateway(gateway)?.SecretHash is { } known && SecretHash.Matches(secret, known)
            ? known
            : SecretHash.Create(secret, SecretHash.GatewayIterations);

    static TargetRow Target(CsvRow row)
    {
        var indicator = row.Required("indicator");
        if (!IndicatorKeys.Units.ContainsKey(indicator)) row.Fault("indicator", $"is not one of {string.Join(", ", IndicatorKeys.Units.Keys)}");
        return new TargetRow(row.Place, new Target(
            row.Whole("year", 0, 2000, 2100), indicator, row.Whole("base_year", 0, 2000, 2100),
            row.Number("reduction_percent"), row.Number("cap", 0), row.Required("source")));
    }

    static PvSiteRow PvSite(CsvRow row) => new(row.Place, new PvSite(
        row.Required("code"), row.Required("institution"), row.Required("name"), row.RequiredNumber("capacity_kwp", 0),
        row.Number("array_area_m2", 0), row.Required("generation_meter"), row.Text("import_meter"), row.Text("export_meter"),
        row.Text("irradiance_meter")));

    [GeneratedRegex(@"(Z|[+-]\d\d:?\d\d)$", RegexOptions.IgnoreCase)]
    private static partial Regex WithOffset();

    static AddressRow Address(CsvRow row)
    {
        var named = row.Required("channel");
        if (!Enum.TryParse<NoticeChannel>(named, ignoreCase: true, out var channel) || !Enum.IsDefined(channel))
            row.Fault("channel", $"\"{named}\" is not one of mail, webhook, wecom, dingtalk, portal");
        return new AddressRow(row.Place, new NoticeAddress(row.Required("institution"), channel, row.Text("address") ?? "", row.Text("secret")));
    }
}
