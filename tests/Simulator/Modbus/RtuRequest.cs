namespace EnergyWatch.Simulator.Modbus;

/// <summary>Where a request ends, which RTU framing tells by silence and a serial server by nothing (V1.1b3 §6).</summary>
static class RtuRequest
{
    public const int Crc = 2;

    /// <summary>So much is read before the length is known: the byte count of a write of several stands last.</summary>
    public const int Head = 7;

    /// <returns>Null where no request begins like this.</returns>
    public static int? LengthOf(ReadOnlySpan<byte> head) => head[1] switch
    {
        >= 1 and <= 6 => 8,
        15 or 16 when head[6] <= 246 => Head + head[6] + Crc,
        43 => 7,
        _ => null,
    };
}
