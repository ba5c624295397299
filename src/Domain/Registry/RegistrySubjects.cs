using System.Globalization;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Registry;

/// <summary>
/// The identity of each kind of fact, in words that also stand in the audit: two rows with one subject are the same
/// fact, and the later written one holds. <c>Bare</c> is the row as it is kept and compared, without the place where it
/// was written.
/// </summary>
public static class RegistrySubjects
{
    public static string Of(InstitutionRow row) => $"institution {row.Code} from {PeriodName.Day(row.ValidFrom)}";
    public static string Of(AreaRow row) => $"area {row.Institution} from {PeriodName.Day(row.ValidFrom)}";
    public static string Of(HeadCountRow row) =>
        $"headcount {row.Institution} from {PeriodName.Day(row.ValidFrom)} {row.Category}";
    public static string Of(MeterRow row) => $"meter {row.Code} from {PeriodName.Day(row.ValidFrom)}";
    public static string Of(ReplacementRow row) => $"replacement {row.Meter} at {row.Replacement.At}";
    public static string Of(GatewayRow row) => $"gateway {row.Code} from {PeriodName.Day(row.ValidFrom)}";
    public static string Of(TargetRow row) =>
        string.Create(CultureInfo.InvariantCulture, $"target {row.Target.Year} {row.Target.Indicator}");
    public static string Of(PvSiteRow row) => $"pv_site {row.Site.Code}";

    /// <summary>One address per institution and channel: a new one takes over, an empty one ends the channel.</summary>
    public static string Of(AddressRow row) => $"address {row.Address.Institution} {row.Address.Channel}";

    public static InstitutionRow Bare(InstitutionRow row) => row with { Place = default };
    public static AreaRow Bare(AreaRow row) => row with { Place = default };
    public static HeadCountRow Bare(HeadCountRow row) => row with { Place = default };
    public static MeterRow Bare(MeterRow row) => row with { Place = default };
    public static ReplacementRow Bare(ReplacementRow row) => row with { Place = default };
    public static GatewayRow Bare(GatewayRow row) => row with { Place = default, Username = row.Username ?? row.Code };
    public static TargetRow Bare(TargetRow row) => row with { Place = default };
    public static PvSiteRow Bare(PvSiteRow row) => row with { Place = default };
    public static AddressRow Bare(AddressRow row) => row with { Place = default };

    /// <summary>Whether the channel is in use: the portal needs no address, any other ends with an empty one.</summary>
    public static bool InUse(NoticeAddress address) =>
        address.Channel == NoticeChannel.Portal || address.Address.Length > 0;
}
