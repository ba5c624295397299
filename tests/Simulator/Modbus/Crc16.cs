namespace EnergyWatch.Simulator.Modbus;

/// <summary>The check sum of an RTU frame (MODBUS over Serial Line V1.02 §6.2.2), bit by bit as it is defined there.</summary>
static class Crc16
{
    public static ushort Of(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFF;
        foreach (var octet in bytes)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xA001;
        }
        return (ushort)crc;
    }
}
