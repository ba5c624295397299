namespace EnergyWatch.Simulator.County;

/// <summary>青禾县, a fictional county in Guangxi: everything the seeds say and the simulator plays.</summary>
static class DemoCounty
{
    /// <summary>From here on every register is defined; nothing can be asked about earlier days.</summary>
    public static readonly DateOnly FirstDay = Rows.Start;

    public static IReadOnlyList<InstitutionPlan> Institutions { get; } =
        [.. Schools.All, .. Hospitals.All, .. Offices.County, .. Offices.Townships];

    public static IReadOnlyList<MeterPlan> Meters { get; } = Gateways.Connect(Institutions.SelectMany(Metering.Of));
}
