namespace EnergyWatch.Domain.Readings;

/// <summary>What is used up. The canonical unit of each is in <see cref="Carriers"/>. Stored by number: never renumber.</summary>
public enum Carrier
{
    Electricity = 1,
    Water = 2,
    NaturalGas = 3,
    Heat = 4,
    Lpg = 5,
    Petrol = 6,
    Diesel = 7,
    Coal = 8,
}

/// <summary>Key (as in <c>meters.csv</c>) and canonical unit of each carrier.</summary>
public static class Carriers
{
    static readonly (Carrier Carrier, string Key, string Unit)[] Table =
    [
        (Carrier.Electricity, "electricity", "kWh"),
        (Carrier.Water, "water", "m3"),
        (Carrier.NaturalGas, "natural_gas", "m3"),
        (Carrier.Heat, "heat", "GJ"),
        (Carrier.Lpg, "lpg", "kg"),
        (Carrier.Petrol, "petrol", "L"),
        (Carrier.Diesel, "diesel", "L"),
        (Carrier.Coal, "coal", "kg"),
    ];

    public static IReadOnlyList<Carrier> All { get; } = [.. Table.Select(row => row.Carrier)];
    public static string Key(this Carrier carrier) => Table[(int)carrier - 1].Key;
    public static string Unit(this Carrier carrier) => Table[(int)carrier - 1].Unit;

    public static bool TryParse(string? key, out Carrier carrier)
    {
        var row = Array.FindIndex(Table, row => row.Key == key);
        carrier = row < 0 ? default : Table[row].Carrier;
        return row >= 0;
    }
}
