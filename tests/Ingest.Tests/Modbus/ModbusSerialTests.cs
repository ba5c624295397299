using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Against the server of modbus-serial (node), which <c>test.sh</c> installs.</summary>
[Trait("needs", "peer")]
public sealed class ModbusSerialTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);

    readonly Process _process = Process.Start(new ProcessStartInfo(
        "node", [Repository.PathOf("tests", "Ingest.Tests", "Modbus", "Peers", "modbus_serial_server.js")]) { RedirectStandardOutput = true })!;
    ModbusEndpoint _endpoint = null!;

    [Fact]
    public async Task A_meter_is_read_point_by_point_and_what_it_does_not_have_is_an_answer()
    {
        var read = (await MeterRead.RunAsync(Maps.Find("generic-energy-float")!, _endpoint, 5, TimeProvider.System, default)).Points;
        Assert.Equal(["energy_import", "power"], read.Select(row => row.Key));
        Assert.Equal(500.25, read[0].Value);
        Assert.Equal(41.2, read[1].Value!.Value, 5);

        await using var transport = LineTransport.Over(_endpoint, Patience, TimeProvider.System);
        var refused = await transport.AskAsync(new(1, MeterFunction.HoldingRegisters, 5000, 1), ModbusTiming.Default, default);
        Assert.Equal(ModbusExceptionCode.IllegalDataAddress, refused.Exception);
    }

    [Fact]
    public async Task Many_reads_of_changing_units_and_places_never_slip()
    {
        await using var transport = LineTransport.Over(_endpoint, Patience, TimeProvider.System);
        var random = new Random(20261120);
        for (var round = 0; round < 300; round++)
        {
            var (unit, address) = ((ulong)random.Next(1, 6), (ushort)random.Next(100, 190));
            var count = (ushort)random.Next(1, 200 - address);
            var answer = await transport.AskAsync(new(unit, MeterFunction.HoldingRegisters, address, count), ModbusTiming.Default, default);
            for (var i = 0; i < count; i++)
                Assert.Equal(256 * (int)unit + address + i, BinaryPrimitives.ReadUInt16BigEndian(answer.Data.Span[(2 * i)..]));
        }
    }

    [Fact]
    public async Task The_poller_brings_its_registers_to_the_sink()
    {
        var registry = new FixedRegistry(Some.Registry(
            [
                Some.Meter(1, "M-0001", gateway: "GW-01", model: "generic-energy-float", address: "1", intervalS: 1),
                Some.Meter(2, "M-0002", gateway: "GW-01", model: "generic-energy-float", address: "5", intervalS: 1),
            ],
            [Some.Gateway("GW-01", GatewayKind.ModbusTcp, _endpoint.ToString())]));
        var bench = new PollBench();
        var poller = new ModbusPoller(registry, Maps, Some.Calendar, bench.Context with { Clock = TimeProvider.System });
        using var stop = new CancellationTokenSource();
        var running = poller.RunAsync(bench.Sink, stop.Token);
        var guard = Stopwatch.StartNew();
        while (bench.Sink.Readings.Select(reading => reading.Series).Distinct().Count() < 4)
        {
            Assert.True(guard.Elapsed < Patience);
            await Task.Yield();
        }
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.All(bench.Sink.Readings, reading => Assert.Equal(
            reading.Series.Quantity == Domain.Readings.Quantity.Power ? 41.2 : reading.Series.Meter.Value == 1 ? 12345.67 : 500.25, reading.Value, 2));
        bench.Log.AssertNoErrors();
    }

    public async Task InitializeAsync()
    {
        var port = int.Parse(await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? "0", CultureInfo.InvariantCulture);
        _endpoint = new ModbusEndpoint("127.0.0.1", port, ModbusFraming.Tcp);
    }

    public Task DisposeAsync()
    {
        _process.Kill();
        _process.Dispose();
        return Task.CompletedTask;
    }
}
