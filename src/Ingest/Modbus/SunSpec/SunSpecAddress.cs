using System.Globalization;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Ingest.Modbus.SunSpec;

/// <summary>The address of a meter in a unit whose chain has several of a kind: <c>1/2</c> is the second of unit 1.</summary>
public static class SunSpecAddress
{
    const int Most = 100;

    /// <summary>The model that reads this one, and the unit; both as they are for any other model or address.</summary>
    public static (RegisterMap? Model, string? Unit) Split(RegisterMap? model, string? address)
    {
        if (model?.SunSpec is null || address?.Split('/') is not [var unit, var number]) return (model, address);
        var isNumber = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var instance) && instance is >= 1 and <= Most;
        return isNumber ? (With(model, instance), unit) : (model, address);
    }

    /// <summary>The model for the one of several with this number, counted from 1 along the chain.</summary>
    internal static RegisterMap With(RegisterMap model, int instance) => model with { SunSpec = model.SunSpec! with { Instance = instance } };
}
