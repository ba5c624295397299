using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Which meters of DL/T 645 and CJ/T 188 can be polled, and why the others cannot.</summary>
public sealed class ItemTargetTests
{
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);
    static readonly DateOnly Day = new(2026, 3, 17);

    [Fact]
    public void Meters_of_three_protocols_share_one_endpoint()
    {
        var targets = From(
            GatewayKind.ModbusRtuOverTcp, ("generic-energy-float", "1"), ("dlt645-2007", "000000000161"), ("cjt188-water", "78330011223344"));
        Assert.Empty(targets.Faults);
        var endpoint = Assert.Single(targets.Endpoints);
        Assert.Equal([1ul, 0x161ul, 0x78330011223344ul], endpoint.Meters.Select(meter => meter.Address));
    }

    [Theory]
    [InlineData(GatewayKind.ModbusTcp, "dlt645-2007", "000000000161", "DL/T 645-2007 has no frames on Modbus TCP")]
    [InlineData(GatewayKind.ModbusTcp, "cjt188-water", "78330011223344", "CJ/T 188 has no frames on Modbus TCP")]
    [InlineData(GatewayKind.ModbusRtuOverTcp, "dlt645-2007", "161", "address '161' is not the 12 digits of a DL/T 645-2007 address")]
    [InlineData(GatewayKind.ModbusRtuOverTcp, "dlt645-1997", "0000000001611", "is not the 12 digits of a DL/T 645-1997 address")]
    [InlineData(GatewayKind.ModbusRtuOverTcp, "dlt645-2007", "00000000016F", "is not the 12 digits")]
    [InlineData(GatewayKind.ModbusRtuOverTcp, "dlt645-2007", "AAAAAAAAAAAA", "is not the 12 digits")]
    [InlineData(GatewayKind.ModbusRtuOverTcp, "dlt645-2007", null, "is not the 12 digits")]
    [InlineData(GatewayKind.ModbusRtuOverTcp, "cjt188-water", "000000000161", "is not the 14 digits of a CJ/T 188 address")]
    public void A_meter_that_cannot_be_asked_is_told_with_the_reason(GatewayKind kind, string model, string? address, string reason)
    {
        var targets = From(kind, (model, address));
        Assert.Empty(targets.Endpoints);
        Assert.Contains(reason, Assert.Single(targets.Faults).Reason, StringComparison.Ordinal);
    }

    static PollTargets From(GatewayKind kind, params (string Model, string? Address)[] meters) => PollTargets.From(
        Some.Registry(
            [.. meters.Select((meter, i) => Some.Meter(i + 1, $"M-{i + 1}", gateway: "GW-R", model: meter.Model, address: meter.Address))],
            [Some.Gateway("GW-R", kind, "10.0.0.9:4001")]),
        Maps, Day);
}
