using System.Globalization;

namespace EnergyWatch.Ingest.Tests.Modbus.Fuzz;

/// <summary>How many rounds a fuzzer runs: few in every run, as many as ENERGYWATCH_FUZZ says where it is set.</summary>
static class FuzzRounds
{
    public static int Or(int few) => int.TryParse(
        Environment.GetEnvironmentVariable("ENERGYWATCH_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var many) ? many : few;
}
