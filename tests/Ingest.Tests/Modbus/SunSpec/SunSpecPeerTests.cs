using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.SunSpec;

/// <summary>Against a Modbus server written by others that holds the registers of a real chain.</summary>
[Trait("needs", "peer")]
public sealed class SunSpecPeerTests
{
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);

    [Theory]
    [InlineData(ModbusFraming.Tcp)]
    [InlineData(ModbusFraming.RtuOverTcp)]
    public async Task An_inverter_and_its_meter_are_found_and_read(ModbusFraming framing)
    {
        using var peer = await PymodbusPeer.StartAsync(framing);
        var inverter = await MeterRead.RunAsync(Maps.Find("sunspec-inverter")!, peer.Endpoint, 7, TimeProvider.System, default);
        Assert.Equal("SunSpec at 40000: SolarEdge SE8K, version 0003.2251, serial number 00000000; models 1, 103, 1, 203", inverter.Identity);
        Assert.Equal(4.277, inverter.Points.Single(point => point.Key == "pv_power").Value);
        var meter = await MeterRead.RunAsync(Maps.Find("sunspec-meter")!, peer.Endpoint, 7, TimeProvider.System, default);
        Assert.Equal(21267.458, meter.Points.Single(point => point.Key == "energy_export").Value);
        var other = await MeterRead.RunAsync(Maps.Find("sunspec-meter")!, peer.Endpoint, 1, TimeProvider.System, default);
        Assert.StartsWith("no SunSpec marker", other.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_names_it_with_its_maker_and_both_models()
    {
        using var peer = await PymodbusPeer.StartAsync(ModbusFraming.Tcp);
        var found = new List<ScanResult>();
        await foreach (var result in MeterScan.RunAsync(peer.Endpoint, [7], Maps, MeterScan.DefaultTimeout, TimeProvider.System, default)) found.Add(result);
        Assert.Equal(["sunspec-inverter", "sunspec-meter"], found[0].Models);
        Assert.Contains("SolarEdge SE8K", found[0].Identity, StringComparison.Ordinal);
    }
}
