using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>What a model's meters allow in one read.</summary>
/// <param name="MaxWords">Registers in one read.</param>
/// <param name="MaxHole">Unused registers that may be read along, to save a read.</param>
/// <param name="Forbidden">Registers that must not be read, not even as part of a hole.</param>
public sealed record ReadLimits(int MaxWords, int MaxHole, IReadOnlyList<RegisterRange> Forbidden)
{
    public static ReadLimits Default { get; } = new(MeterRequest.MaxWords, 16, []);

    /// <summary>Bits in one read of coils or discrete inputs.</summary>
    public int MaxBits { get; init; } = MeterRequest.MaxBits;

    /// <summary>A read may begin at such an address, but not run over it from below; of every table.</summary>
    public IReadOnlyList<uint> Boundaries { get; init; } = [];

    /// <summary>Each read brings one point, or one group.</summary>
    public bool SingleReads { get; init; }

    /// <summary>The longest read of this table.</summary>
    public int LongestOf(MeterFunction function) =>
        function is MeterFunction.Coils or MeterFunction.DiscreteInputs ? MaxBits : MaxWords;
}

/// <summary>Registers from <c>First</c> to <c>Last</c>, both included.</summary>
public readonly record struct RegisterRange(MeterFunction Function, ushort First, ushort Last)
{
    public bool Overlaps(MeterFunction function, long from, long end) => Function == function && First < end && Last >= from;
}
