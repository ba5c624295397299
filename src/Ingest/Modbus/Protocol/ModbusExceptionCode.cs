namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>Why a unit refuses a request (MODBUS Application Protocol V1.1b3, section 7). A refusal is an answer: the unit is there.</summary>
public enum ModbusExceptionCode : ushort
{
    None = 0,
    IllegalFunction = 1,
    IllegalDataAddress = 2,
    IllegalDataValue = 3,
    ServerDeviceFailure = 4,
    Acknowledge = 5,
    ServerDeviceBusy = 6,
    MemoryParityError = 8,
    GatewayPathUnavailable = 10,
    GatewayTargetFailedToRespond = 11,

    // From here on not of Modbus, whose codes are one byte, any: refusals of DL/T 645 and CJ/T 188 that are none of those above.
    /// <summary>The meter refuses and does not say why.</summary>
    OtherError = 0x100,
    /// <summary>The meter wants a password or another right.</summary>
    NotAuthorized = 0x101,
    /// <summary>The item fills more than one frame, which is not read.</summary>
    SeveralFrames = 0x102,
    /// <summary>The item is there, but as many bytes as the model says it has not.</summary>
    OtherItemLength = 0x103,
}

public static class ModbusExceptionCodes
{
    /// <summary>The code in words for the person who has to mend it.</summary>
    public static string InWords(this ModbusExceptionCode code) => code switch
    {
        ModbusExceptionCode.IllegalFunction => "exception 1: the meter does not know this function",
        ModbusExceptionCode.IllegalDataAddress => "exception 2: the meter has no such register",
        ModbusExceptionCode.IllegalDataValue => "exception 3: the meter refuses this number of registers",
        ModbusExceptionCode.ServerDeviceFailure => "exception 4: the meter failed while it answered",
        ModbusExceptionCode.Acknowledge => "exception 5: the meter needs longer to answer",
        ModbusExceptionCode.ServerDeviceBusy => "exception 6: the meter is busy",
        ModbusExceptionCode.MemoryParityError => "exception 8: the meter found its memory damaged",
        ModbusExceptionCode.GatewayPathUnavailable => "exception 10: the gateway has no path to the meter",
        ModbusExceptionCode.GatewayTargetFailedToRespond => "exception 11: the meter does not answer its gateway",
        ModbusExceptionCode.OtherError => "the meter refuses this data item and does not say why",
        ModbusExceptionCode.NotAuthorized => "the meter refuses this data item: it wants a password",
        ModbusExceptionCode.SeveralFrames => "the meter answers in several frames, which are not read",
        ModbusExceptionCode.OtherItemLength => "the data item has another length than the meter model says",
        _ => $"exception {(int)code}",
    };

    /// <summary>The same of a meter of this protocol.</summary>
    public static string InWords(this ModbusExceptionCode code, MeterProtocol protocol) =>
        code == ModbusExceptionCode.IllegalDataAddress && protocol != MeterProtocol.Modbus ? "the meter has no such data item" : code.InWords();

    /// <summary>The gateway answered in the meter's place: the meter itself is silent.</summary>
    public static bool MeansSilence(this ModbusExceptionCode code) =>
        code is ModbusExceptionCode.GatewayPathUnavailable or ModbusExceptionCode.GatewayTargetFailedToRespond;

    /// <summary>The meter will answer the same question in a while.</summary>
    public static bool AsksForPatience(this ModbusExceptionCode code) =>
        code is ModbusExceptionCode.Acknowledge or ModbusExceptionCode.ServerDeviceBusy;

    /// <summary>The meter may answer for a part of what was asked.</summary>
    public static bool MeansSmaller(this ModbusExceptionCode code) =>
        code is ModbusExceptionCode.IllegalDataAddress or ModbusExceptionCode.IllegalDataValue;
}
