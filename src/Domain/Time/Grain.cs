namespace EnergyWatch.Domain.Time;

/// <summary>The calendar step of a usage series or an indicator, counted in the reporting zone.</summary>
public enum Grain { Hour, Day, Month, Quarter, Year }

/// <summary>A calendar period under the name officers use for it: <c>2026</c>, <c>2026-Q3</c>, <c>2026-10</c>, <c>2026-10-05</c>.</summary>
public sealed record NamedPeriod(string Name, Grain Grain, DateOnly FirstDay, Period Period);
