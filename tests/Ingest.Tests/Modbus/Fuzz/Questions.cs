using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus.Fuzz;

/// <summary>Questions of each protocol, and answers to those about data items, written by the layouts of the standards.</summary>
static class Questions
{
    public static MeterRequest Any(Random random, MeterProtocol protocol)
    {
        if (protocol == MeterProtocol.Modbus)
        {
            var words = (ushort)random.Next(1, 126);
            return new((ulong)random.Next(1, 248), (MeterFunction)random.Next(3, 5), (uint)random.Next(65536 - words), words);
        }
        var item = protocol switch
        {
            MeterProtocol.Dlt645Of2007 => (uint)random.NextInt64(1L << 32),
            MeterProtocol.Dlt645Of1997 => (uint)random.Next(1 << 16),
            _ => (uint)random.Next(1 << 16) | (uint)random.Next(1, 256) << 16,
        };
        var meter = (ulong)random.NextInt64(1L << (4 * MeterAddress.DigitsOf(protocol)));
        return new(meter, MeterFunction.DataItem, item, (ushort)random.Next(1, 190)) { Protocol = protocol };
    }

    /// <summary>DL/T 645 section 5.2, CJ/T 188 section 5: 68h, (type,) address, (68h,) C, L, identifier, (SER,) item, CS, 16h.</summary>
    public static int Answer(Random random, Span<byte> to, MeterRequest request, ushort id)
    {
        var water = request.Protocol == MeterProtocol.Cjt188;
        var at = 0;
        to[at++] = 0x68;
        if (water) to[at++] = (byte)(request.Address >> 16);
        for (var i = 0; i < MeterAddress.DigitsOf(request.Protocol) / 2; i++) to[at++] = (byte)(request.Meter >> (8 * i));
        if (!water) to[at++] = 0x68;
        to[at++] = (byte)(request.Protocol == MeterProtocol.Dlt645Of2007 ? 0x91 : 0x81);
        var name = request.Protocol == MeterProtocol.Dlt645Of2007 ? 4 : water ? 3 : 2;
        to[at++] = (byte)(name + request.Count);
        for (var i = 0; i < name + request.Count; i++)
        {
            var octet = i < name ? (byte)(request.Address >> (8 * i)) : (byte)random.Next(256);
            if (water && i == 2) octet = (byte)(id - 1);
            to[at++] = (byte)(water ? octet : octet + 0x33);
        }
        var sum = 0;
        foreach (var octet in to[..at]) sum += octet;
        (to[at], to[at + 1]) = ((byte)sum, 0x16);
        return at + 2;
    }
}
