using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Support;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>The registry of the field: 5,000 meters, 25 behind each of 200 endpoints, each polled every 10 seconds.</summary>
static class CountyField
{
    public const int Endpoints = 200;
    public const int MetersEach = 25;
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    public static string Code(int meter) => $"M-{meter:00000}";

    /// <summary>The unit that a meter of this number has behind its endpoint.</summary>
    public static byte UnitOf(int meter) => (byte)(1 + meter % MetersEach);

    public static RegistryRows Rows(IReadOnlyList<int> ports) => new()
    {
        Institutions = [new InstitutionRow(default, "ORG-1", Some.Day, null, new InstitutionFacts("ORG-1", "021", "教育", null))],
        Gateways = [.. ports.Select((port, i) => new GatewayRow(
            default, $"GW-{i:000}", $"GW-{i:000}", GatewayKind.ModbusTcp, $"127.0.0.1:{port}", null, null, Some.Day))],
        Meters = [.. Enumerable.Range(0, ports.Count * MetersEach).Select(i => new MeterRow(
            default, Code(i), Carrier.Electricity, Some.Day, null,
            new MeterFacts(
                "ORG-1", "m", MeterRole.Main, null, 1, null, null, (int)Period.TotalSeconds, CountyModel.Id, $"GW-{i / MetersEach:000}",
                UnitOf(i).ToString(CultureInfo.InvariantCulture))))],
    };
}
