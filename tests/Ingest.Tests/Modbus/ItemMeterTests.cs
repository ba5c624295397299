using System.Diagnostics;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Meters of DL/T 645 and CJ/T 188, and Modbus units beside them, on one bus behind a serial server or on a serial port.</summary>
public sealed class ItemMeterTests
{
    const ulong Electricity = 0x000000000161;
    const ulong Water = 0x78330011223344;
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);

    static ItemBus Bus() => new()
    {
        Items =
        {
            [(Electricity, 0x00010000)] = "78563412", [(Electricity, 0x02030000)] = "341280", [(Electricity, 0x02010100)] = "0122",
            [(Electricity, 0x02020100)] = "994900", [(Electricity, 0x02020200)] = "FFFFFF", [(Electricity, 0x02800002)] = "9849",
            [(Electricity, 0x02060000)] = "010500", [(Water, 0x901F)] = "007766552C007766552C310122110515202184",
        },
    };

    [Fact]
    public async Task A_meter_is_read_item_by_item_and_what_it_has_not_is_told_in_words()
    {
        await using var bus = Bus();
        var points = await ReadAsync(bus.Endpoint, "dlt645-2007", Electricity);
        Assert.Equal(123456.78, points["energy_import"].Value);
        Assert.Equal(-0.1234, points["power"].Value);
        Assert.Equal((220.1, "item", 0x02010100u), (points["voltage_l1"].Value, points["voltage_l1"].Table, points["voltage_l1"].Address));
        Assert.Equal(4.999, points["current_l1"].Value);
        Assert.Equal(49.98, points["frequency"].Value);
        Assert.Equal((null, "the meter says that it has no value"), (points["current_l2"].Value, points["current_l2"].Fault));
        Assert.Equal((null, "the meter has no such data item"), (points["energy_export"].Value, points["energy_export"].Fault));
        Assert.Contains("another length than the meter model says", points["power_factor"].Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_meter_that_was_asked_as_any_tells_its_address()
    {
        await using var bus = Bus();
        bus.Items[(Electricity, 0x04000401)] = "610100000000";
        var read = await MeterRead.RunAsync(Maps.Find("dlt645-2007")!, bus.Endpoint, MeterAddress.AnyDlt645, TimeProvider.System, default);
        Assert.Equal((123456.78, "It answers as 000000000161."), (read.Points[0].Value!.Value, read.Identity));
        bus.Items.Remove((Electricity, 0x04000401));
        read = await MeterRead.RunAsync(Maps.Find("dlt645-2007")!, bus.Endpoint, MeterAddress.AnyDlt645, TimeProvider.System, default);
        Assert.Equal((123456.78, null), (read.Points[0].Value!.Value, read.Identity));
    }

    [Fact]
    public async Task A_mixed_bus_is_read_in_turn_over_one_connection()
    {
        await using var bus = Bus();
        await using var transport = LineTransport.Over(bus.Endpoint, TimeSpan.FromSeconds(3), TimeProvider.System);
        var modbus = Models.Of("volume:7:uint16");
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(7, (await MeterRead.RunAsync(modbus, transport, 1, default)).Points[0].Value);
            Assert.Equal(123456.78, (await MeterRead.RunAsync(Maps.Find("dlt645-2007")!, transport, Electricity, default)).Points[0].Value);
            Assert.Equal(556677, (await MeterRead.RunAsync(Maps.Find("cjt188-water")!, transport, Water, default)).Points[0].Value);
        }
    }

    [Fact]
    public async Task Noise_and_split_segments_before_an_answer_are_borne()
    {
        await using var bus = Bus();
        bus.OnTheWay = frame => [[0x00, 0x68, 0x11], frame[..3], frame[3..9], frame[9..]];
        Assert.Equal(556677, (await ReadAsync(bus.Endpoint, "cjt188-water", Water))["volume"].Value);
    }

    [Fact]
    public async Task A_wrong_answer_is_no_value_and_the_next_one_is_read()
    {
        await using var bus = Bus();
        var first = true;
        bus.OnTheWay = frame =>
        {
            if (first) frame[^2]++;
            first = false;
            return [frame];
        };
        var points = await ReadAsync(bus.Endpoint, "dlt645-2007", Electricity);
        Assert.Contains("the check sum does not match", points["energy_import"].Fault, StringComparison.Ordinal);
        Assert.Null(points["energy_import"].Value);
        Assert.Equal(220.1, points["voltage_l1"].Value);
    }

    [Fact]
    public async Task On_Modbus_TCP_such_a_meter_is_not_asked()
    {
        await using var bus = Bus();
        var points = await ReadAsync(bus.Endpoint with { Framing = ModbusFraming.Tcp }, "dlt645-2007", Electricity);
        Assert.Contains("has no frames on Modbus TCP", points["energy_import"].Fault, StringComparison.Ordinal);
    }

    [Fact, Trait("needs", "peer")]
    public async Task On_a_serial_port_the_same_meters_are_read()
    {
        await using var bus = Bus();
        using var socat = Process.Start(new ProcessStartInfo("socat", ["-d", "-d", "pty,raw,echo=0", $"tcp:{bus.Endpoint}"]) { RedirectStandardError = true })!;
        try
        {
            var port = "";
            while (port.Length == 0 && await socat.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) is { } line)
                if (line.IndexOf("PTY is ", StringComparison.Ordinal) is >= 0 and var at) port = line[(at + 7)..];
            var endpoint = ModbusEndpoint.TryParse($"{port}?baud=2400&parity=even", ModbusFraming.Rtu);
            Assert.NotNull(endpoint);
            await using var transport = LineTransport.Over(endpoint, TimeSpan.FromSeconds(3), TimeProvider.System);
            Assert.Equal(123456.78, (await MeterRead.RunAsync(Maps.Find("dlt645-2007")!, transport, Electricity, default)).Points[0].Value);
            Assert.Equal(556677, (await MeterRead.RunAsync(Maps.Find("cjt188-water")!, transport, Water, default)).Points[0].Value);
        }
        finally
        {
            socat.Kill();
        }
    }

    static async Task<Dictionary<string, RegisterReading>> ReadAsync(ModbusEndpoint endpoint, string model, ulong meter) =>
        (await MeterRead.RunAsync(Maps.Find(model)!, endpoint, meter, TimeProvider.System, default)).Points.ToDictionary(point => point.Key);
}
