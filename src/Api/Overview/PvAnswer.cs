using EnergyWatch.Api.Endpoints;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>The rooftop plants of a scope as one. Power in kW, generation in kWh, self-use as a share of generation.</summary>
sealed record PvAnswer(
    int Sites, int Online, double CapacityKwp, double ArrayAreaM2, Metric Power, Metric Today, Metric Year, Metric SelfUse,
    Metric EquivalentHours, IReadOnlyList<PvSiteLine> List);

sealed record PvSiteLine(
    string Code, string Name, string Institution, string Status, double CapacityKwp, Metric Power, Metric Today, Instant? LastReading);
