using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Simulator.County;

/// <summary>A meter of the demo county: its row in <c>meters.csv</c>, and which flow it really counts.</summary>
sealed record MeterPlan(string Code, InstitutionPlan Institution, string Name, Carrier Carrier, MeterRole Role)
{
    public string? Parent { get; init; }
    public required Wiring Wiring { get; init; }
    public required Counts Counts { get; init; }
    public int IntervalS { get; init; } = 60;
    public string? Model { get; init; }
    public string Gateway { get; init; } = "";
    public string Address { get; init; } = "";
}

/// <param name="Multiplier">CT ratio: the register counts secondary kWh.</param>
/// <param name="Rated">What the circuit or pipe can carry, in kW or m³/h.</param>
/// <param name="RegisterMax">Last value before the register begins again at 0; null where it never does.</param>
/// <param name="StartReading">What the register showed when it was installed.</param>
sealed record Wiring(double Multiplier, double Rated, double? RegisterMax, double StartReading = 0)
{
    static readonly (double Amperes, double Ratio)[] Transformers =
    [
        (60, 1), (100, 20), (150, 30), (200, 40), (300, 60), (400, 80), (600, 120), (800, 160), (1000, 200), (1500, 300), (2000, 400),
        (2500, 500), (3000, 600), (4000, 800),
    ];

    /// <summary>The smallest current transformer that carries this load at 400 V; up to 60 A the meter is connected directly.</summary>
    public static Wiring For(double peakKw, double? registerMax)
    {
        var (amperes, ratio) = Transformers.First(t => Carries(t.Amperes) >= peakKw);
        return new(ratio, Math.Round(Carries(amperes), MidpointRounding.AwayFromZero), registerMax);
    }

    static double Carries(double amperes) => amperes * 0.4 * Math.Sqrt(3);
}

/// <summary>The flow of its institution that a meter counts: a channel, its share of it, and the meter's own error.</summary>
sealed record Counts(Channel Channel, double Share = 1);

/// <summary>Flows of an institution, in kW, m³/h (water and gas) or W/m² (the sun on its roof).</summary>
enum Channel { Load, Cooling, Lighting, Standing, Kitchen, Plugs, Charging, Generation, Import, Export, Water, Gas, Sun }
