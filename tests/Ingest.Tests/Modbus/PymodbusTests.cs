using System.Buffers.Binary;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Against a Modbus server written by others.</summary>
[Trait("needs", "peer")]
public sealed class PymodbusTests
{
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);

    public static TheoryData<ModbusFraming> Framings => [ModbusFraming.Tcp, ModbusFraming.RtuOverTcp, ModbusFraming.Rtu];

    [Theory, MemberData(nameof(Framings))]
    public async Task A_meter_is_read_point_by_point(ModbusFraming framing)
    {
        using var peer = await PymodbusPeer.StartAsync(framing);
        var read = (await MeterRead.RunAsync(Maps.Find("generic-energy-float")!, peer.Endpoint, 5, TimeProvider.System, default)).Points;
        Assert.Equal(["energy_import", "power"], read.Select(row => row.Key));
        Assert.Equal([0x43FA, 0x2000], read[0].Words.Select(word => (int)word));
        Assert.Equal((500.25, "kWh"), (read[0].Value!.Value, read[0].Unit));
        Assert.Equal(41.2, read[1].Value!.Value, 5);

        var sdm = (await MeterRead.RunAsync(Maps.Find("eastron-sdm630")!, peer.Endpoint, 1, TimeProvider.System, default)).Points;
        Assert.All(sdm, row => Assert.Null(row.Fault));
        Assert.Equal(-1.5, sdm.Single(row => row.Key == "power").Value!.Value, 6);
        Assert.Equal(7.5, sdm.Single(row => row.Key == "energy_export").Value!.Value, 6);
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task Many_reads_of_changing_places_never_slip(ModbusFraming framing)
    {
        using var peer = await PymodbusPeer.StartAsync(framing);
        await using var transport = LineTransport.Over(peer.Endpoint, TimeSpan.FromSeconds(3), TimeProvider.System);
        var random = new Random(20261120);
        for (var round = 0; round < 500; round++)
        {
            var address = (ushort)random.Next(100, 190);
            var count = (ushort)random.Next(1, 200 - address);
            var answer = await transport.AskAsync(
                new(1, MeterFunction.HoldingRegisters, address, count), ModbusTiming.Default, default);
            for (var i = 0; i < count; i++) Assert.Equal(address + i, BinaryPrimitives.ReadUInt16BigEndian(answer.Data.Span[(2 * i)..]));
        }
        var refused = await transport.AskAsync(new(1, MeterFunction.HoldingRegisters, 5000, 1), ModbusTiming.Default, default);
        Assert.Equal(ModbusExceptionCode.IllegalDataAddress, refused.Exception);
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task Bits_are_read_and_bits_and_registers_are_written(ModbusFraming framing)
    {
        using var peer = await PymodbusPeer.StartAsync(framing);
        await using var transport = LineTransport.Over(peer.Endpoint, TimeSpan.FromSeconds(3), TimeProvider.System);
        async Task<byte[]> Ask(MeterFunction function, uint address, ushort count, params byte[] values)
        {
            var request = new MeterRequest(1, function, address, count) { Values = values };
            var answer = await transport.AskAsync(request, ModbusTiming.Default, default);
            Assert.Equal(ModbusExceptionCode.None, answer.Exception);
            return answer.Data.ToArray();
        }
        Assert.Equal([0x49, 0x02], await Ask(MeterFunction.Coils, 0, 10)); // 0, 3, 6 and 9
        Assert.Equal([0x24, 0x01], await Ask(MeterFunction.DiscreteInputs, 1, 10)); // 3, 6 and 9 from 1 on
        Assert.Empty(await Ask(MeterFunction.WriteCoil, 1, 1, 0xFF, 0x00));
        Assert.Empty(await Ask(MeterFunction.WriteCoils, 4, 3, 0b101));
        Assert.Equal([0x5B, 0x02], await Ask(MeterFunction.Coils, 0, 10));
        Assert.Empty(await Ask(MeterFunction.WriteRegister, 120, 1, 0x12, 0x34));
        Assert.Empty(await Ask(MeterFunction.WriteRegisters, 121, 2, 0x56, 0x78, 0x9A, 0xBC));
        Assert.Equal([0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC], await Ask(MeterFunction.HoldingRegisters, 120, 3));
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task A_meter_says_who_it_is(ModbusFraming framing)
    {
        using var peer = await PymodbusPeer.StartAsync(framing);
        await using var transport = LineTransport.Over(peer.Endpoint, TimeSpan.FromSeconds(3), TimeProvider.System);
        var found = await DeviceIdentification.ReadAsync(transport, 1, ModbusTiming.Default, default);
        Assert.Equal(("EnergyWatch Tests", "PM", "3.0"), (found!.Vendor, found.Product, found.Revision));
        Assert.Equal(("http://example.org", "pymodbus server", "peer"), (found.VendorUrl, found.ProductName, found.ModelName));
    }

    [Fact]
    public async Task A_scan_finds_the_units_that_answer_and_names_the_model()
    {
        using var peer = await PymodbusPeer.StartAsync(ModbusFraming.Tcp);
        var found = new List<ScanResult>();
        await foreach (var result in MeterScan.RunAsync(peer.Endpoint, [1, 2, 5], Maps, MeterScan.DefaultTimeout, TimeProvider.System, default)) found.Add(result);
        Assert.Equal([true, false, true], found.Select(result => result.Answers));
        Assert.Equal(["eastron-sdm630"], found[0].Models);
        Assert.Contains("no answer within 1 s", found[1].Detail, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task The_poller_brings_its_registers_to_the_sink(ModbusFraming framing)
    {
        using var peer = await PymodbusPeer.StartAsync(framing);
        var kind = framing switch
        {
            ModbusFraming.Tcp => GatewayKind.ModbusTcp,
            ModbusFraming.RtuOverTcp => GatewayKind.ModbusRtuOverTcp,
            _ => GatewayKind.ModbusRtu,
        };
        var registry = new FixedRegistry(Some.Registry(
            [Some.Meter(1, "M-0001", gateway: "GW-01", model: "generic-energy-float", address: "1", intervalS: 1)],
            [Some.Gateway("GW-01", kind, peer.Endpoint.Serial?.ToString() ?? peer.Endpoint.ToString())]));
        var bench = new PollBench();
        var context = bench.Context with { Clock = TimeProvider.System };
        var poller = new ModbusPoller(registry, Maps, Some.Calendar, context);
        using var stop = new CancellationTokenSource();
        var running = poller.RunAsync(bench.Sink, stop.Token);
        await bench.Sink.Asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        while (bench.Sink.Batches.Count == 0) await Task.Yield();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(12345.67, bench.Sink.Readings[0].Value, 2);
        Assert.Equal(41.2, bench.Sink.Readings[1].Value, 5);
        bench.Log.AssertNoErrors();
    }
}
