using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Modbus.SunSpec;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>A meter model as data: which registers hold what, how its meters want to be asked, and the proof that this is read right.</summary>
public sealed record RegisterMap
{
    /// <summary>The name in <c>meters.csv</c>.</summary>
    public required string Id { get; init; }
    public required int Version { get; init; }
    public required string Vendor { get; init; }
    public required IReadOnlyList<string> Models { get; init; }
    public required MeterClass Class { get; init; }
    /// <summary>The document or table the registers were taken from.</summary>
    public required string Source { get; init; }
    public required Evidence Evidence { get; init; }
    public string? Notes { get; init; }
    /// <summary>The language its meters speak.</summary>
    public MeterProtocol Protocol { get; init; }
    /// <summary>The same as files name it.</summary>
    public string ProtocolKey => DataItems.Protocols.First(named => named.Value == Protocol).Key;
    public required ModbusTiming Timing { get; init; }
    /// <summary>Its meters take one connection only.</summary>
    public bool OneClient { get; init; }
    /// <summary>The connection is given up after each poll, so that others get in.</summary>
    public bool CloseAfterPoll { get; init; }
    /// <summary>What a meter must hold before its values mean what the points say; written only where it holds something else.</summary>
    public IReadOnlyList<SetupWrite> Setup { get; init; } = [];
    public required ReadLimits Limits { get; init; }
    public required IReadOnlyList<RegisterPoint> Points { get; init; }
    public RegisterProbe? Probe { get; init; }
    /// <summary>Of a model that finds its registers in the meter itself, what it looks for; its <see cref="Points"/> are empty until then.</summary>
    public SunSpecProfile? SunSpec { get; init; }
    public required IReadOnlyList<SelfTest> SelfTests { get; init; }
    /// <summary>The file it came from.</summary>
    public required string File { get; init; }
}

/// <summary>What kind of thing a model is.</summary>
public enum MeterClass { Meter, Inverter, Sensor }

/// <summary>How well the registers of a model are known.</summary>
public enum Evidence
{
    /// <summary>Read from a real one, values compared with its display.</summary>
    BenchTested,
    /// <summary>From the vendor's own document.</summary>
    Manual,
    /// <summary>From somebody else's working configuration; to be compared with the manual before it is relied on.</summary>
    Secondary,
    /// <summary>Made up, for teaching and tests.</summary>
    Example,
}

/// <summary>A read by which a scan can tell the model: the number, scaled, lies within these bounds.</summary>
public sealed record RegisterProbe(MeterFunction Function, uint Address, RegisterFormat Format, double Scale, double Min, double Max);

/// <summary>What a self-test shows.</summary>
public enum SelfTestKind { Normal, Negative, Sentinel, Maximum }

/// <summary>These registers at the point of this quantity are this value in its canonical unit; null means no value.</summary>
public sealed record SelfTest(Quantity Quantity, SelfTestKind Kind, IReadOnlyList<ushort> Words, double? Value, int Line)
{
    /// <summary>The data of an item as they came, in place of registers.</summary>
    public IReadOnlyList<byte> Bytes { get; init; } = [];
}
