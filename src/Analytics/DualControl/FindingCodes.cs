namespace EnergyWatch.Analytics.DualControl;

/// <summary>Codes of the doubts that come with an indicator. Public names.</summary>
public static class FindingCodes
{
    public const string NoFactor = "NO_FACTOR";
    public const string NoMeter = "NO_METER";
    public const string NoData = "NO_DATA";
    public const string LowCoverage = "LOW_COVERAGE";
    public const string Excluded = "EXCLUDED";
    public const string PartOfPeriod = "PART_OF_PERIOD";
    public const string DenominatorChanged = "DENOMINATOR_CHANGED";
    public const string CategoryNotInCaliber = "CATEGORY_NOT_IN_CALIBER";
    public const string SelfUseUnknown = "PV_SELF_USE_UNKNOWN";
    public const string SelfUseEstimated = "PV_SELF_USE_ESTIMATED";
    public const string ExportExceedsGeneration = "EXPORT_EXCEEDS_GENERATION";
    public const string EvTakenOut = "EV_CHARGING_TAKEN_OUT";
}
