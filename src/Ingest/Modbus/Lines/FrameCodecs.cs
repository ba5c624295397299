using EnergyWatch.Ingest.Modbus.Cjt188;
using EnergyWatch.Ingest.Modbus.Dlt645;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>In which frames a protocol travels on a line: the one place where a further protocol is plugged in.</summary>
static class FrameCodecs
{
    /// <returns>Null where the line cannot carry the protocol.</returns>
    public static IFrameCodec? For(ModbusFraming framing, MeterProtocol protocol) => (framing, protocol) switch
    {
        (ModbusFraming.Tcp, MeterProtocol.Modbus) => MbapFrame.Codec,
        (ModbusFraming.Tcp, _) => null,
        (_, MeterProtocol.Modbus) => RtuFrame.Codec,
        (_, MeterProtocol.Dlt645Of2007) => Dlt645Frame.Of2007,
        (_, MeterProtocol.Dlt645Of1997) => Dlt645Frame.Of1997,
        (_, MeterProtocol.Cjt188) => Cjt188Frame.Codec,
        _ => null,
    };

    /// <summary>What stands in the way, for the person who chose the model or the gateway.</summary>
    public static string WhyNot(ModbusFraming framing, MeterProtocol protocol) => framing == ModbusFraming.Tcp
        ? $"{protocol.InWords()} has no frames on Modbus TCP: its meters are reached through a serial server in transparent mode or a serial port"
        : $"{protocol.InWords()} is not spoken on this line";
}
