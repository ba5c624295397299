using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Simulator.County;

sealed record GatewayPlan(string Code, string Name, GatewayKind Kind, string? Endpoint, string? Secret);

/// <summary>Eight Modbus TCP gateways and eight that push over MQTT, and which meter hangs on which.</summary>
static class Gateways
{
    public const int FirstPort = 15020;

    public static IReadOnlyList<GatewayPlan> All { get; } =
    [
        Modbus(1, "第一、第二中学采集器"),
        Modbus(2, "职教中心、实验中学采集器"),
        Modbus(3, "城区小学采集器"),
        Modbus(4, "民族学校片区采集器"),
        Modbus(5, "人民医院采集器"),
        Modbus(6, "中医医院、妇幼保健院采集器"),
        Modbus(7, "行政中心采集器"),
        Modbus(8, "政府机关片区采集器"),
        Mqtt(1, "云溪镇中心卫生院网关"),
        Mqtt(2, "云溪镇人民政府网关"),
        Mqtt(3, "石桥镇人民政府网关"),
        Mqtt(4, "白沙、龙塘网关"),
        Mqtt(5, "金竹乡人民政府网关"),
        Mqtt(6, "学校光伏数据采集器"),
        Mqtt(7, "医院和机关光伏数据采集器"),
        Mqtt(8, "燃气公司远传平台"),
    ];

    /// <summary>Gives every meter its gateway and its address there: Modbus units from 1 in order, codes over MQTT.</summary>
    public static IReadOnlyList<MeterPlan> Connect(IEnumerable<MeterPlan> meters)
    {
        var units = new Dictionary<string, int>();
        return [.. meters.Select(Connected)];

        MeterPlan Connected(MeterPlan meter)
        {
            var gateway = All.First(g => g.Code == GatewayOf(meter));
            if (gateway.Kind == GatewayKind.Mqtt)
                return meter with { Gateway = gateway.Code, Model = null, IntervalS = meter.IntervalS == 60 ? 30 : meter.IntervalS };
            var unit = units[gateway.Code] = units.GetValueOrDefault(gateway.Code) + 1;
            return meter with { Gateway = gateway.Code, Address = unit.ToString(CultureInfo.InvariantCulture) };
        }
    }

    static string GatewayOf(MeterPlan meter) => (meter.Carrier, meter.Role, meter.Institution.Code) switch
    {
        (Carrier.NaturalGas, _, _) => "MQ-08",
        (_, MeterRole.PvGeneration, "XX-05" or "XX-06" or "XX-07" or "XX-08" or "XX-09" or "XX-10") => "MQ-06",
        (_, MeterRole.PvGeneration, "YY-02" or "YY-03" or "JG-02" or "JG-03" or "JG-04") => "MQ-07",
        (_, _, "XX-01" or "XX-02") => "MB-01",
        (_, _, "XX-03" or "XX-04") => "MB-02",
        (_, _, "XX-05" or "XX-06" or "XX-07") => "MB-03",
        (_, _, "XX-08" or "XX-09" or "XX-10") => "MB-04",
        (_, _, "YY-01") => "MB-05",
        (_, _, "YY-02" or "YY-03") => "MB-06",
        (_, _, "JG-01") => "MB-07",
        (_, _, "YY-04") => "MQ-01",
        (_, _, "XZ-01") => "MQ-02",
        (_, _, "XZ-02") => "MQ-03",
        (_, _, "XZ-03" or "XZ-04") => "MQ-04",
        (_, _, "XZ-05") => "MQ-05",
        _ => "MB-08",
    };

    static GatewayPlan Modbus(int number, string name) => new(
        $"MB-{number:00}", name, GatewayKind.ModbusTcp,
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FirstPort + number - 1}"), null);

    // Secrets of the demo only: they open nothing but the demo's own topics.
    static GatewayPlan Mqtt(int number, string name) => new($"MQ-{number:00}", name, GatewayKind.Mqtt, null, $"demo-secret-mq-{number:00}");
}
