using System.Globalization;
using System.Net;
using CsvHelper;
using EnergyWatch.Simulator.Metering;
using EnergyWatch.Simulator.Modbus;
using EnergyWatch.Simulator.Mqtt;

namespace EnergyWatch.Simulator.County;

/// <summary>How the seed files wire the county's meters: an officer may move a meter to another gateway or port, and it is played there.</summary>
sealed record SeedWiring(
    IReadOnlyList<(IPEndPoint Endpoint, GatewayFraming Framing, IReadOnlyDictionary<byte, ModbusUnit> Units)> Modbus,
    IReadOnlyList<(string Code, string Username, string Secret, IReadOnlyList<RecordedMeter> Meters)> Mqtt,
    IReadOnlyList<string> Unknown)
{
    static readonly Dictionary<string, GatewayFraming> Framings = new()
    {
        ["modbus_tcp"] = GatewayFraming.Tcp, ["modbus_rtu_over_tcp"] = GatewayFraming.RtuOverTcp,
    };

    public int Meters => Modbus.Sum(gateway => gateway.Units.Count) + Mqtt.Sum(gateway => gateway.Meters.Count);

    public static SeedWiring Read(DirectoryInfo folder, LiveCounty county)
    {
        var unknown = new List<string>();
        // Later rows of a meter are later facts about it.
        var meters = Rows(folder, "meters.csv").GroupBy(row => row["code"]).Select(rows => rows.Last()).ToList();
        foreach (var meter in meters.Where(meter => !county.ByCode.ContainsKey(meter["code"])))
            unknown.Add($"meters.csv: {meter["code"]} is no meter of the demo county and is not played.");
        var known = meters.Where(meter => county.ByCode.ContainsKey(meter["code"])).ToLookup(meter => meter["gateway"]);
        var gateways = Rows(folder, "gateways.csv").Where(gateway => known.Contains(gateway["code"])).ToList();
        return new(
            [
                .. gateways.Where(gateway => Framings.ContainsKey(gateway["kind"])).Select(gateway => (IPEndPoint.Parse(gateway["endpoint"]),
                    Framings[gateway["kind"]],
                    (IReadOnlyDictionary<byte, ModbusUnit>)known[gateway["code"]].ToDictionary(
                        meter => byte.Parse(meter["address"], CultureInfo.InvariantCulture),
                        meter => new ModbusUnit(county.ByCode[meter["code"]], MeterModels.Named(meter["model"]))))),
            ],
            [
                .. gateways.Where(gateway => gateway["kind"] == "mqtt").Select(gateway => (gateway["code"], gateway["username"], gateway["secret"],
                    (IReadOnlyList<RecordedMeter>)[.. known[gateway["code"]].Select(meter => new RecordedMeter(
                        county.ByCode[meter["code"]], int.Parse(meter["interval_s"], CultureInfo.InvariantCulture)))])),
            ],
            unknown);
    }

    static List<Dictionary<string, string>> Rows(DirectoryInfo folder, string file)
    {
        using var csv = new CsvReader(new StreamReader(Path.Combine(folder.FullName, file)), CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        var rows = new List<Dictionary<string, string>>();
        while (csv.Read()) rows.Add(csv.HeaderRecord!.ToDictionary(name => name, name => csv.GetField(name) ?? ""));
        return rows;
    }
}
