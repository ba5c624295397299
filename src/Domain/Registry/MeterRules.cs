using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Domain.Registry;

/// <summary>What must be true of meters, their replacements and PV sites.</summary>
static class MeterRules
{
    const int LongestInterval = 31 * 24 * 3600;

    public static void Check(RegistryRows rows, RegistryRows merged, HashSet<string> institutions, FaultList faults)
    {
        var meters = merged.Meters.GroupBy(row => row.Code).ToDictionary(facts => facts.Key, facts => facts.First());
        var gateways = merged.Gateways.GroupBy(row => row.Code)
            .ToDictionary(facts => facts.Key, facts => facts.MaxBy(row => row.ValidFrom)!);
        var codes = meters.Keys.ToHashSet();
        foreach (var row in rows.Meters)
        {
            Meter(row, faults);
            faults.Known(row.Place, "institution", "institution", row.Facts.Institution, institutions);
            Carrier(row, meters, faults);
            if (row.Facts.Gateway is { } gateway) Gateway(row, gateway, gateways, faults);
        }
        Addresses(rows, merged, gateways, faults);
        foreach (var row in rows.Replacements) Replacement(row, codes, faults);
        foreach (var row in rows.PvSites) PvSite(row, codes, institutions, faults);
    }

    static void Meter(MeterRow row, FaultList faults)
    {
        var facts = row.Facts;
        faults.Code(row.Place, row.Code);
        faults.Text(row.Place, "name", facts.Name);
        faults.Validity(row.Place, row.ValidFrom, row.ValidTo);
        faults.Positive(row.Place, "multiplier", facts.Multiplier);
        if (facts.RatedPowerKw is { } power) faults.Positive(row.Place, "rated_power_kw", power);
        if (facts.RegisterMax is { } max) faults.Positive(row.Place, "register_max", max);
        faults.Require(
            facts.IntervalS is > 0 and <= LongestInterval, row.Place, "interval_s",
            $"must be between 1 and {LongestInterval} seconds");
    }

    static void Carrier(MeterRow row, Dictionary<string, MeterRow> meters, FaultList faults)
    {
        var role = row.Facts.Role;
        var (carrierKnown, roleKnown) = (Enum.IsDefined(row.Carrier), Enum.IsDefined(role));
        faults.Require(carrierKnown, row.Place, "carrier", $"{(int)row.Carrier} is no carrier");
        faults.Require(roleKnown, row.Place, "role", $"{(int)role} is no role");
        if (!carrierKnown || !roleKnown) return;
        faults.Require(
            row.Carrier == Readings.Carrier.Electricity || role is MeterRole.Main or MeterRole.Sub or MeterRole.Check,
            row.Place, "role", $"{role.Key()} is a role of electricity meters; this one counts {row.Carrier.Key()}");
        if (meters.TryGetValue(row.Code, out var first) && first.Carrier != row.Carrier
            && Enum.IsDefined(first.Carrier))
            faults.Add(row.Place, "carrier",
                $"{row.Code} counts {first.Carrier.Key()}; a meter of another carrier needs another code");
        if (row.Facts.Parent is not { } parent) return;
        if (!meters.TryGetValue(parent, out var above)) faults.Add(row.Place, "parent", $"there is no meter {parent}");
        else if (Enum.IsDefined(above.Carrier))
            faults.Require(
                above.Carrier == row.Carrier, row.Place, "parent",
                $"{parent} counts {above.Carrier.Key()}, not {row.Carrier.Key()}");
    }

    static void Gateway(MeterRow row, string code, Dictionary<string, GatewayRow> gateways, FaultList faults)
    {
        if (!gateways.TryGetValue(code, out var gateway))
            faults.Add(row.Place, "gateway", $"there is no gateway {code}");
        else if (GatewayRules.IsPolled(gateway.Kind))
            faults.Require(
                !string.IsNullOrWhiteSpace(row.Facts.Model), row.Place, "model",
                $"must be given: {code} is polled, and the model says which registers to read");
    }

    /// <summary>
    /// Two meters under one name behind a gateway that pushes: a reading would belong to both, so to neither.
    /// </summary>
    static void Addresses(
        RegistryRows rows, RegistryRows merged, Dictionary<string, GatewayRow> gateways, FaultList faults)
    {
        var named = merged.Meters.Where(row => row.Facts.Gateway is not null)
            .ToLookup(row => (row.Facts.Gateway, row.Facts.Address ?? row.Code));
        var timelines = merged.Meters.ToLookup(row => row.Code);
        foreach (var row in rows.Meters)
        {
            if (row.Facts.Gateway is not { } code || !gateways.TryGetValue(code, out var gateway)
                || GatewayRules.IsPolled(gateway.Kind)) continue;
            var address = row.Facts.Address ?? row.Code;
            var other = named[(code, address)].FirstOrDefault(
                other => other.Code != row.Code
                    && (Holds(other, row.ValidFrom, timelines) || Holds(row, other.ValidFrom, timelines)));
            if (other is not null)
                faults.Add(
                    row.Place, "address", $"{other.Code} has the address {address} behind {code} at the same time");
        }
    }

    /// <summary>Whether this row is its meter's fact on that day.</summary>
    static bool Holds(MeterRow row, DateOnly day, ILookup<string, MeterRow> timelines) =>
        row.ValidFrom <= day && !(row.ValidTo <= day)
        && timelines[row.Code].All(other => other.ValidFrom <= row.ValidFrom || other.ValidFrom > day);

    static void Replacement(ReplacementRow row, HashSet<string> meters, FaultList faults)
    {
        faults.Known(row.Place, "meter", "meter", row.Meter, meters);
        faults.NotNegative(row.Place, "end_reading", row.Replacement.EndReading);
        faults.NotNegative(row.Place, "start_reading", row.Replacement.StartReading);
    }

    static void PvSite(PvSiteRow row, HashSet<string> meters, HashSet<string> institutions, FaultList faults)
    {
        var site = row.Site;
        faults.Code(row.Place, site.Code);
        faults.Text(row.Place, "name", site.Name);
        faults.Known(row.Place, "institution", "institution", site.Institution, institutions);
        faults.Positive(row.Place, "capacity_kwp", site.CapacityKwp);
        if (site.ArrayAreaM2 is { } area) faults.Positive(row.Place, "array_area_m2", area);
        faults.Known(row.Place, "generation_meter", "meter", site.GenerationMeter, meters);
        if (site.ImportMeter is { } import) faults.Known(row.Place, "import_meter", "meter", import, meters);
        if (site.ExportMeter is { } export) faults.Known(row.Place, "export_meter", "meter", export, meters);
        if (site.IrradianceMeter is { } sun) faults.Known(row.Place, "irradiance_meter", "meter", sun, meters);
    }
}
