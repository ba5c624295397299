using System.Globalization;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Modbus.SunSpec;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.SunSpec;

public sealed class SunSpecReadTests
{
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);
    static readonly RegisterMap Inverter = Maps.Find("sunspec-inverter")!;
    static readonly RegisterMap Meter = Maps.Find("sunspec-meter")!;

    [Fact]
    public async Task Every_vector_of_every_model_is_read_to_the_last_bit()
    {
        var (count, ids) = (0, new HashSet<string>());
        foreach (var line in File.ReadLines(Repository.PathOf("tests", "Vectors", "sunspec", "decode.csv")).Skip(1))
        {
            var cells = line.Split(',');
            var words = cells[2].Split(' ').Select(cell => cell.Split(':'))
                .Select(cell => (int.Parse(cell[0], CultureInfo.InvariantCulture), Convert.ToUInt16(cell[1], 16))).ToArray();
            var image = SunSpecImage.At(40000).Common()
                .Sparse(ushort.Parse(cells[0], CultureInfo.InvariantCulture), int.Parse(cells[1], CultureInfo.InvariantCulture), words).End();
            var read = await ReadAsync(cells[0][0] == '2' ? Meter : Inverter, image);
            Assert.Null(read.Fault);
            var value = read.Points.Single(point => point.Key == cells[3]).Value;
            Assert.True((value?.ToString("R", CultureInfo.InvariantCulture) ?? "missing") == Same(cells[4]), $"{line} reads {value:R}");
            ids.Add(cells[0]);
            count++;
        }
        Assert.Equal(15, ids.Count);
        Assert.True(count > 200);
    }

    [Fact]
    public async Task A_real_inverter_and_the_meter_behind_it_are_told_apart_on_one_unit()
    {
        var image = Dump();
        var meter = await ReadAsync(Meter, image);
        Assert.Equal(new SunSpecIdentity("SolarEdge", "SE-RGMTR-1D-240C-A", "Export+Import", "0", "0"), await IdentityAsync(Meter, image));
        Assert.Equal(
            ["current_l1 4.8", "current_l2 0.8", "current_l3 4.6", "voltage_l1 235.49", "voltage_l2 236.31", "voltage_l3 231.45", "frequency 49.97",
                "power -0.058", "power_factor 0.2063", "energy_export 21267.458", "energy_import 18090.016"],
            Values(meter));
        var inverter = await ReadAsync(Inverter, image);
        Assert.Equal("SolarEdge SE8K, version 0003.2251, serial number 00000000", (await IdentityAsync(Inverter, image)).ToString());
        Assert.Equal(
            ["current_l1 3.47", "current_l2 3.47", "current_l3 3.46", "voltage_l1 235", "voltage_l2 235.2", "voltage_l3 235.3", "pv_power 4.277",
                "frequency 49.97", "power_factor 0.9999", "pv_energy 1234.567", "dc_power 4.448"],
            Values(inverter));
        Assert.Equal("SunSpec at 40000: SolarEdge SE8K, version 0003.2251, serial number 00000000; models 1, 103, 1, 203", inverter.Identity);
    }

    [Fact]
    public async Task One_read_brings_a_model_with_its_scale_factors_and_its_id()
    {
        var bus = new RegisterBus(new TestClock(), Dump());
        await MeterRead.RunAsync(Inverter, bus, 1, default);
        Assert.Equal((40069u, (ushort)33), (bus.Asked[^1].Address, bus.Asked[^1].Count));
        Assert.Single(bus.Asked, request => request.Count > 2 && request.Address == 40069);
    }

    [Theory]
    [InlineData(0, 4.277, null)]
    [InlineData(-32768, null, "the meter says that it has no value")]
    [InlineData(11, null, "its scale factor is no power of ten from -10 to 10")]
    [InlineData(-11, null, "its scale factor is no power of ten from -10 to 10")]
    public async Task A_value_is_shown_with_the_words_it_was_made_of_and_why_there_is_none(int power, double? value, string? fault)
    {
        var image = SunSpecImage.At(40000).Common().Sparse(103, 50, (14, 4277), (15, (ushort)power)).End();
        var point = (await ReadAsync(Inverter, image)).Points.Single(point => point.Key == "pv_power");
        Assert.Equal((value, fault), (point.Value, point.Fault));
        Assert.Equal(40084u, point.Address);
        Assert.Equal([4277], point.Words);
        Assert.Equal($"10B5 ×10^{power}", point.Raw);
    }

    [Theory]
    [InlineData(2, 2, 6)]
    [InlineData(5, 5, 15)]
    [InlineData(9, 9, 15)]
    [InlineData(3, 2, 6)]
    [InlineData(1, 3, 3)]
    [InlineData(0xFFFF, 2, 6)]
    [InlineData(0, 2, 0)]
    public async Task An_inverter_has_the_inputs_that_it_says_and_that_have_room(int says, int room, int points)
    {
        var words = new List<(int, ushort)> { (2, 0xFFFE), (3, 0xFFFF), (4, 0), (8, (ushort)says) };
        for (var input = 0; input < room; input++)
            words.AddRange([(19 + 20 * input, (ushort)(100 + input)), (20 + 20 * input, (ushort)(6000 + input)), (21 + 20 * input, (ushort)(900 + input))]);
        var image = SunSpecImage.At(40000).Common().Sparse(101, 50, (14, 4277), (15, 0)).Sparse(160, 8 + 20 * room, [.. words]).End();
        var read = await ReadAsync(Inverter, image);
        var inputs = read.Points.Where(point => point.Key.StartsWith("dc_", StringComparison.Ordinal) && point.Key != "dc_power").ToList();
        Assert.Equal(points, inputs.Count);
        for (var input = 1; input <= points / 3; input++)
        {
            Assert.Equal((99 + input) / 100.0, inputs.Single(point => point.Key == $"dc_current_{input}").Value);
            Assert.Equal((5999 + input) / 10.0, inputs.Single(point => point.Key == $"dc_voltage_{input}").Value);
            Assert.Equal((899 + input) / 1000.0, inputs.Single(point => point.Key == $"dc_power_{input}").Value);
        }
    }

    [Fact]
    public async Task Of_several_models_that_say_the_same_the_first_named_is_read()
    {
        var image = SunSpecImage.At(0).Common().Model(701, new ushort[153]).Model(113, new ushort[60]).Model(103, new ushort[50]).End();
        Assert.Equal(287u + 24, (await ReadAsync(Inverter, image)).Points.Single(point => point.Key == "pv_energy").Address);
        var without = SunSpecImage.At(0).Common().Model(701, new ushort[153]).Model(113, new ushort[60]).End();
        Assert.Equal(225u + 32, (await ReadAsync(Inverter, without)).Points.Single(point => point.Key == "pv_energy").Address);
    }

    [Fact]
    public async Task Where_there_are_several_of_a_kind_the_address_says_which()
    {
        var image = SunSpecImage.At(40000).Common("Maker", "Inverter").Model(103, new ushort[50])
            .Common("Maker", "First", "S1").Sparse(203, 105, (18, 100), (22, 0)).Common("Maker", "Second", "S2").Sparse(203, 105, (18, 200), (22, 0)).End();
        var refused = await ReadAsync(Meter, image);
        Assert.Equal(
            "its SunSpec chain has 2 of its kind; say which in the address, as unit/1: 1 is model 203 at 40190, Maker First, version 1.02, serial number S1; "
            + "2 is model 203 at 40365, Maker Second, version 1.02, serial number S2", refused.Fault);
        foreach (var (instance, power, model) in new[] { (1, 0.1, "First"), (2, 0.2, "Second") })
        {
            var one = SunSpecAddress.With(Meter, instance);
            Assert.Equal(power, (await ReadAsync(one, image)).Points.Single(point => point.Key == "power").Value);
            Assert.Equal(model, (await IdentityAsync(one, image)).Model);
        }
        Assert.StartsWith("it has no 3. of its kind", (await ReadAsync(SunSpecAddress.With(Meter, 3), image)).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_shorter_than_its_definition_is_read_as_far_as_it_goes()
    {
        var read = await ReadAsync(Inverter, SunSpecImage.At(40000).Common().Sparse(103, 20, (14, 4277), (15, 0)).End());
        Assert.Equal(["current_l1", "current_l2", "current_l3", "voltage_l1", "voltage_l2", "voltage_l3", "pv_power", "frequency"], read.Points.Select(point => point.Key));
        var tiny = await ReadAsync(Inverter, SunSpecImage.At(40000).Common().Model(103, 0, 0).End());
        Assert.Contains("model 103 is too short", tiny.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_unit_without_a_model_that_is_read_is_refused_with_what_it_has()
    {
        var read = await ReadAsync(Meter, SunSpecImage.At(40000).Common().Model(103, new ushort[50]).Model(64001, new ushort[3]).End());
        Assert.Equal(
            "it has no model that sunspec-meter reads (201, 202, 203, 204, 211, 212, 213, 214); "
            + "SunSpec at 40000: Acme X1, version 1.02, serial number S-1; models 1, 103, 64001", read.Fault);
    }

    [Fact]
    public async Task A_silent_unit_is_told_as_silent()
    {
        var bus = new RegisterBus(new TestClock(), Dump()) { Behave = _ => (LinkFault.TimedOut, ModbusExceptionCode.None) };
        var read = await MeterRead.RunAsync(Inverter, bus, 1, default);
        Assert.Equal(("bus unit 1: TimedOut", 0), (read.Fault, read.Points.Count));
    }

    internal static SunSpecImage Dump() => SunSpecImage.Of(File.ReadLines(Repository.PathOf("tests", "Vectors", "sunspec", "solaredge.txt")));

    static Task<MeterReadout> ReadAsync(RegisterMap model, SunSpecImage image) =>
        MeterRead.RunAsync(model, new RegisterBus(new TestClock(), image), 1, default);

    static async Task<SunSpecIdentity> IdentityAsync(RegisterMap model, SunSpecImage image) =>
        (await SunSpecContact.FindAsync(model, new RegisterBus(new TestClock(), image), 1, default)).Found!.Identity;

    static IEnumerable<string> Values(MeterReadout read) =>
        read.Points.Select(point => $"{point.Key} {point.Value?.ToString("R", CultureInfo.InvariantCulture) ?? point.Fault}");

    // One writing for each double, whatever wrote the file.
    static string Same(string value) => value == "missing"
        ? value : double.Parse(value, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture);
}
