using System.Globalization;

namespace EnergyWatch.Ingest.Modbus.SunSpec;

/// <summary>Who made it and which one it is: the texts of the common model (SunSpec model 1); empty where it says nothing.</summary>
public sealed record SunSpecIdentity(string Manufacturer, string Model, string Options, string Version, string SerialNumber)
{
    public override string ToString()
    {
        var name = $"{Manufacturer} {Model}".Trim();
        return $"{(name.Length > 0 ? name : "of unknown make")}"
            + $"{(Version.Length > 0 ? $", version {Version}" : "")}{(SerialNumber.Length > 0 ? $", serial number {SerialNumber}" : "")}";
    }
}

/// <summary>One model in the chain of a unit.</summary>
/// <param name="Address">Of its id; its length stands behind it, its points behind that.</param>
/// <param name="Length">Registers of its points, id and length not counted.</param>
/// <param name="Identity">The common model nearest before it: a meter that answers through its inverter has one of its own.</param>
public sealed record SunSpecModel(ushort Id, ushort Address, ushort Length, SunSpecIdentity Identity);

/// <summary>All models of a unit, from the marker to the end.</summary>
/// <param name="Base">Where the marker was found.</param>
public sealed record SunSpecChain(ushort Base, IReadOnlyList<SunSpecModel> Models)
{
    public SunSpecIdentity Identity => Models[0].Identity;

    public override string ToString() =>
        $"SunSpec at {Base}: {Identity}; models {string.Join(", ", Models.Select(model => model.Id.ToString(CultureInfo.InvariantCulture)))}";
}

/// <summary>What looking for a chain came to: the chain, or in words why there is none that can be relied on.</summary>
public readonly record struct SunSpecFinding(SunSpecChain? Chain, string? Refusal)
{
    /// <summary>The unit says that it speaks SunSpec.</summary>
    public bool HasMarker { get; init; } = true;

    public static SunSpecFinding Refused(string reason) => new(null, reason);
}
