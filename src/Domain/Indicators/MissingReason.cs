namespace EnergyWatch.Domain.Indicators;

/// <summary>Why a number is not there. The codes are public; a number is null exactly when it has one.</summary>
public static class MissingReason
{
    public const string NoMeter = "NO_METER";
    public const string NoData = "NO_DATA";
    public const string LowCoverage = "LOW_COVERAGE";
    public const string NoArea = "NO_AREA";
    public const string NoHeadCount = "NO_HEADCOUNT";
    public const string BaseZero = "BASE_ZERO";
    public const string NotApproved = "NOT_APPROVED";
    public const string NotApplicable = "NOT_APPLICABLE";
    public const string TooLong = "TOO_LONG";
    public const string Forbidden = "FORBIDDEN";
}
