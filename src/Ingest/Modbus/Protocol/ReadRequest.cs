namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>The functions that read, by their code on the wire (MODBUS Application Protocol V1.1b3, section 6).</summary>
public enum ReadFunction : byte
{
    Coils = 1,
    DiscreteInputs = 2,
    HoldingRegisters = 3,
    InputRegisters = 4,
}

/// <summary>One question to one unit: so many bits or words from this address (counted from 0) on.</summary>
public readonly record struct ReadRequest(byte Unit, ReadFunction Function, ushort Address, ushort Count)
{
    /// <summary>Words that one answer can hold (V1.1b3 sections 6.3, 6.4).</summary>
    public const int MaxWords = 125;
    /// <summary>Bits that one answer can hold (V1.1b3 sections 6.1, 6.2).</summary>
    public const int MaxBits = 2000;

    public bool ReadsBits => Function is ReadFunction.Coils or ReadFunction.DiscreteInputs;

    /// <summary>Bytes of data in the only answer that fits this question.</summary>
    public int DataLength => ReadsBits ? (Count + 7) / 8 : Count * 2;

    /// <summary>Whether the specification allows it: a count within the bound, and no address past 65535.</summary>
    public bool IsValid => Count > 0 && Count <= (ReadsBits ? MaxBits : MaxWords) && Address + Count <= 65536;
}
