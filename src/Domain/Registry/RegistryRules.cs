using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;

namespace EnergyWatch.Domain.Registry;

/// <summary>
/// What must be true of a registry after an edit. Every fault is found at once and named with the place of the row that
/// is at fault; the facts that were there before are known to be right.
/// </summary>
static class RegistryRules
{
    static readonly string[] InstitutionTypes = ["01", "021", "022", "023", "024", "025", "026", "03"];

    public static IReadOnlyList<RegistryFault> Check(RegistryRows rows, RegistryRows merged)
    {
        var faults = new FaultList();
        Repeats(rows, faults);
        var institutions = merged.Institutions.Select(row => row.Code).ToHashSet();
        foreach (var row in rows.Institutions) Institution(row, institutions, faults);
        foreach (var row in rows.Areas) Area(row, institutions, faults);
        foreach (var row in rows.HeadCounts) HeadCount(row, institutions, faults);
        foreach (var row in rows.Addresses) Address(row, institutions, faults);
        foreach (var row in rows.Targets) Target(row, faults);
        MeterRules.Check(rows, merged, institutions, faults);
        GatewayRules.Check(rows, merged, faults);
        ParentRules.Check(rows, merged, faults);
        return faults.InOrder();
    }

    static void Repeats(RegistryRows rows, FaultList faults)
    {
        faults.Repeats(rows.Institutions, RegistrySubjects.Of, row => row.Place, "code");
        faults.Repeats(rows.Areas, RegistrySubjects.Of, row => row.Place, "institution");
        faults.Repeats(rows.HeadCounts, RegistrySubjects.Of, row => row.Place, "institution");
        faults.Repeats(rows.Meters, RegistrySubjects.Of, row => row.Place, "code");
        faults.Repeats(rows.Replacements, RegistrySubjects.Of, row => row.Place, "meter");
        faults.Repeats(rows.Gateways, RegistrySubjects.Of, row => row.Place, "code");
        faults.Repeats(rows.Targets, RegistrySubjects.Of, row => row.Place, "year");
        faults.Repeats(rows.PvSites, RegistrySubjects.Of, row => row.Place, "code");
        faults.Repeats(rows.Addresses, RegistrySubjects.Of, row => row.Place, "institution");
        faults.Overlaps(rows.Institutions, row => row.Code, row => (row.ValidFrom, row.ValidTo), row => row.Place);
        faults.Overlaps(rows.Meters, row => row.Code, row => (row.ValidFrom, row.ValidTo), row => row.Place);
    }

    static void Institution(InstitutionRow row, HashSet<string> known, FaultList faults)
    {
        faults.Code(row.Place, row.Code);
        // Scopes are written as a code, "county" or "system:…": no institution may be mistaken for the county.
        faults.Require(row.Code != "county", row.Place, "code", "county is the name of the whole");
        faults.Text(row.Place, "name", row.Facts.Name);
        faults.Text(row.Place, "system", row.Facts.System);
        faults.Require(
            InstitutionTypes.Contains(row.Facts.Type), row.Place, "type",
            $"{row.Facts.Type} is not one of {string.Join(", ", InstitutionTypes)}");
        faults.Validity(row.Place, row.ValidFrom, row.ValidTo);
        if (row.Facts.Parent is { } parent) faults.Known(row.Place, "parent", "institution", parent, known);
    }

    static void Area(AreaRow row, HashSet<string> known, FaultList faults)
    {
        faults.Known(row.Place, "institution", "institution", row.Institution, known);
        faults.NotNegative(row.Place, "floor_area_m2", row.Area.FloorM2);
        if (row.Area.HeatedM2 is not { } heated) return;
        faults.NotNegative(row.Place, "heated_area_m2", heated);
        faults.Require(
            !(heated > row.Area.FloorM2), row.Place, "heated_area_m2", "must not be more than floor_area_m2");
    }

    static void HeadCount(HeadCountRow row, HashSet<string> known, FaultList faults)
    {
        faults.Known(row.Place, "institution", "institution", row.Institution, known);
        faults.Text(row.Place, "category", row.Category);
        faults.NotNegative(row.Place, "count", row.Count);
    }

    static void Address(AddressRow row, HashSet<string> known, FaultList faults)
    {
        var (institution, channel, address, _) = row.Address;
        faults.Known(row.Place, "institution", "institution", institution, known);
        faults.Require(Enum.IsDefined(channel), row.Place, "channel", $"{(int)channel} is no channel");
        if (!RegistrySubjects.InUse(row.Address) || channel == NoticeChannel.Portal) return;
        if (channel == NoticeChannel.Mail)
            faults.Require(
                address.IndexOf('@') > 0 && !address.EndsWith('@') && !address.Any(char.IsWhiteSpace),
                row.Place, "address", $"{address} is no mail address");
        else
            faults.Require(
                Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https",
                row.Place, "address", $"{address} is no http or https address");
    }

    static void Target(TargetRow row, FaultList faults)
    {
        var target = row.Target;
        faults.Require(target.Year is >= 2000 and <= 2100, row.Place, "year", "must be between 2000 and 2100");
        faults.Require(
            target.BaseYear >= 2000 && target.BaseYear <= target.Year, row.Place, "base_year",
            "must be between 2000 and the year");
        faults.Require(
            IndicatorKeys.Units.ContainsKey(target.Indicator), row.Place, "indicator",
            $"{target.Indicator} is not one of {string.Join(", ", IndicatorKeys.Units.Keys)}");
        faults.Require(
            target.ReductionPercent is not null || target.Cap is not null, row.Place, "reduction_percent",
            "reduction_percent or cap must be given");
        if (target.ReductionPercent is { } percent)
            faults.Require(percent is > -100 and < 100, row.Place, "reduction_percent", "must be between -100 and 100");
        if (target.Cap is { } cap) faults.Positive(row.Place, "cap", cap);
        faults.Text(row.Place, "source", target.Source);
    }
}
