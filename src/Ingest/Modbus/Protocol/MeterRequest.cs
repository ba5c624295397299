namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>The language a meter is asked in. All of them share the same lines.</summary>
public enum MeterProtocol : byte { Modbus, Dlt645Of1997, Dlt645Of2007, Cjt188 }

public static class MeterProtocols
{
    public static string InWords(this MeterProtocol protocol) => protocol switch
    {
        MeterProtocol.Dlt645Of1997 => "DL/T 645-1997",
        MeterProtocol.Dlt645Of2007 => "DL/T 645-2007",
        MeterProtocol.Cjt188 => "CJ/T 188",
        _ => "Modbus",
    };
}

/// <summary>What is asked, by its code on the wire (MODBUS Application Protocol V1.1b3, section 6).</summary>
public enum MeterFunction : byte
{
    /// <summary>Reads a data item by its identifier: DL/T 645 and CJ/T 188, which have no registers.</summary>
    DataItem = 0,
    Coils = 1,
    DiscreteInputs = 2,
    HoldingRegisters = 3,
    InputRegisters = 4,
    WriteCoil = 5,
    WriteRegister = 6,
    WriteCoils = 15,
    WriteRegisters = 16,
    DeviceIdentification = 43,
}

/// <summary>One question to one meter.</summary>
/// <param name="Meter">The Modbus unit; of the other protocols the address as printed on the meter, two digits a byte (BCD).</param>
/// <param name="Address">First bit or register, counted from 0; the identifier of a data item (CJ/T 188: with the meter's type above it).</param>
/// <param name="Count">
/// Bits or registers asked for or written; 1 for a single write; the code of a device identification; bytes that a data item has, of
/// CJ/T 188 at least.
/// </param>
public readonly record struct MeterRequest(ulong Meter, MeterFunction Function, uint Address, ushort Count)
{
    /// <summary>Words that one answer can hold (V1.1b3 sections 6.3, 6.4).</summary>
    public const int MaxWords = 125;
    /// <summary>Bits that one answer can hold (V1.1b3 sections 6.1, 6.2).</summary>
    public const int MaxBits = 2000;

    /// <summary>Words that one write can hold (V1.1b3 section 6.12).</summary>
    public const int MaxWordsWritten = 123;
    /// <summary>Bits that one write can hold (V1.1b3 section 6.11).</summary>
    public const int MaxBitsWritten = 1968;

    public MeterProtocol Protocol { get; init; }

    /// <summary>
    /// What a write writes, as it goes on the wire: registers high byte first, bits lowest first, one coil as FF00 or 0000. The memory
    /// must not change until the answer is there.
    /// </summary>
    public ReadOnlyMemory<byte> Values { get; init; }

    /// <summary>The unit of a Modbus request.</summary>
    public byte Unit => (byte)Meter;

    /// <summary>The meter in words, as its address is written down.</summary>
    public string Place => Protocol == MeterProtocol.Modbus ? $"unit {Unit}" : $"meter {MeterAddress.Shown(Protocol, Meter)}";

    /// <summary>One of the four functions that read bits or registers.</summary>
    public bool IsRead => Function is >= MeterFunction.Coils and <= MeterFunction.InputRegisters;

    /// <summary>One of the four functions that write bits or registers.</summary>
    public bool IsWrite => Function is MeterFunction.WriteCoil or MeterFunction.WriteRegister or MeterFunction.WriteCoils or MeterFunction.WriteRegisters;

    public bool ReadsBits => Function is MeterFunction.Coils or MeterFunction.DiscreteInputs;

    /// <summary>Bytes of data in the only answer that fits this question; for the four read functions.</summary>
    public int DataLength => ReadsBits ? (Count + 7) / 8 : Count * 2;
}
