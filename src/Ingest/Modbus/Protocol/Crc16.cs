namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>CRC of a serial frame: polynomial A001h reflected, start FFFFh (MODBUS over Serial Line V1.02, section 6.2.2).</summary>
static class Crc16
{
    static readonly ushort[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    public static ushort Of(ReadOnlySpan<byte> bytes)
    {
        ushort crc = 0xFFFF;
        foreach (var octet in bytes) crc = (ushort)((crc >> 8) ^ Table[(byte)(crc ^ octet)]);
        return crc;
    }

    static ushort Entry(int index)
    {
        var crc = (ushort)index;
        for (var bit = 0; bit < 8; bit++) crc = (ushort)((crc & 1) != 0 ? (crc >> 1) ^ 0xA001 : crc >> 1);
        return crc;
    }
}
