using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Modbus.SunSpec;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.SunSpec;

public sealed class SunSpecWalkTests
{
    static readonly ushort[] Bases = [40000, 50000, 0];

    [Theory]
    [InlineData(40000)]
    [InlineData(50000)]
    [InlineData(0)]
    public async Task A_chain_is_found_at_each_base_with_the_place_of_every_model(ushort start)
    {
        var (chain, refusal) = await WalkAsync(SunSpecImage.At(start).Common().Model(103, new ushort[50]).Model(160, new ushort[48]).End());
        Assert.Null(refusal);
        Assert.Equal(start, chain!.Base);
        Assert.Equal(
            [(1, start + 2, 66), (103, start + 70, 50), (160, start + 122, 48)],
            chain.Models.Select(model => ((int)model.Id, (int)model.Address, (int)model.Length)));
        Assert.Equal($"SunSpec at {start}: Acme X1, version 1.02, serial number S-1; models 1, 103, 160", chain.ToString());
    }

    [Fact]
    public async Task The_texts_of_the_common_model_end_at_their_first_NUL_and_hold_nothing_that_cannot_be_printed()
    {
        var (chain, _) = await WalkAsync(SunSpecImage.At(40000).Common("SolarEdge \0x", "SE\u001b[2J", "", length: 65).Model(101, new ushort[50]).End());
        Assert.Equal(new SunSpecIdentity("SolarEdge", "SE?[2J", "", "1.02", ""), chain!.Identity);
        Assert.Equal(40069, chain.Models[1].Address);
    }

    [Fact]
    public async Task A_meter_behind_an_inverter_has_the_common_model_that_stands_before_it()
    {
        var image = SunSpecImage.At(40000).Common("Maker", "Inverter").Model(103, new ushort[50]).Common("Maker", "Meter", "M-7").Model(203, new ushort[105]);
        var (chain, _) = await WalkAsync(image.End());
        Assert.Equal(["Inverter", "Inverter", "Meter", "Meter"], chain!.Models.Select(model => model.Identity.Model));
        Assert.Equal("Inverter", chain.Identity.Model);
    }

    [Fact]
    public async Task Where_no_base_has_the_marker_each_is_told_with_what_it_holds()
    {
        var (_, refusal) = await WalkAsync(SunSpecImage.At(100).Raw());
        Assert.Equal(
            "no SunSpec marker (40000: exception 2: the meter has no such register; 50000: exception 2: the meter has no such register; "
            + "0: exception 2: the meter has no such register)", refusal);
        var numbers = SunSpecImage.Of(["40000: 1234 ABCD", "50000: 5375 6E54", "0: 0000 0000"]);
        Assert.Equal("no SunSpec marker (40000: 1234 ABCD; 50000: 5375 6E54; 0: 0000 0000)", (await WalkAsync(numbers)).Refusal);
    }

    [Fact]
    public async Task A_base_that_is_refused_with_any_exception_does_not_hide_the_next()
    {
        var bus = new RegisterBus(new TestClock(), SunSpecImage.At(50000).Common().Model(101, new ushort[50]).End())
        {
            Behave = request => (null, request.Address == 40000 ? ModbusExceptionCode.ServerDeviceFailure : ModbusExceptionCode.None),
        };
        var (chain, _) = await new SunSpecWalk(bus, 1, ModbusTiming.Default).RunAsync(Bases, default);
        Assert.Equal(50000, chain!.Base);
    }

    [Fact]
    public async Task An_end_of_one_register_is_an_end()
    {
        var (chain, _) = await WalkAsync(SunSpecImage.At(40000).Common().Model(101, new ushort[50]).Raw(0xFFFF));
        Assert.Equal(2, chain!.Models.Count);
    }

    static readonly (string Words, SunSpecImage Image)[] Broken =
    [
        ("the SunSpec chain breaks off at register 40122, before its end: exception 2", Chain().Model(103, new ushort[50])),
        ("the SunSpec chain breaks off at register 40122, before its end: exception 2", Chain().Model(103, new ushort[50]).Raw(104)),
        ("model 103 at register 40070 has length 0", Chain().Model(103).End()),
        ("there is no model id in register 40070", Chain().Raw(0, 50)),
        ("model 103 at register 40070 with length 25464 leaves no room", Chain().Raw(103, 25464)),
        ("model 103 at register 40070 with length 65535 leaves no room", Chain().Raw(103, 65535)),
        ("the SunSpec chain is empty", SunSpecImage.At(40000).End()),
        ("begins with model 103, not with the common model", SunSpecImage.At(40000).Model(103, new ushort[50]).End()),
        ("the SunSpec common model at register 40002 has length 10, too short", SunSpecImage.At(40000).Model(1, new ushort[10]).End()),
        ("the SunSpec common model at register 40002 cannot be read", SunSpecImage.At(40000).Raw(1, 66, 0, 0)),
        ("has more than 100 models: its end is missing", Endless()),
    ];

    public static TheoryData<int> BrokenCases => [.. Enumerable.Range(0, Broken.Length)];

    [Theory, MemberData(nameof(BrokenCases))]
    public async Task A_chain_that_cannot_be_true_is_refused_in_words(int index)
    {
        var (chain, refusal) = await WalkAsync(Broken[index].Image);
        Assert.Null(chain);
        Assert.Contains(Broken[index].Words, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_may_reach_to_the_last_register()
    {
        var (chain, _) = await WalkAsync(Chain().Model(103, new ushort[25463]).Raw(0xFFFF));
        Assert.Equal(25463, chain!.Models[1].Length);
    }

    [Theory]
    [InlineData(ModbusExceptionCode.GatewayTargetFailedToRespond)]
    [InlineData(ModbusExceptionCode.GatewayPathUnavailable)]
    public async Task A_gateway_that_answers_for_a_silent_unit_has_not_found_one(ModbusExceptionCode code)
    {
        var bus = new RegisterBus(new TestClock(), Chain()) { Behave = _ => (null, code) };
        var walk = new SunSpecWalk(bus, 9, ModbusTiming.Default);
        var fault = await Assert.ThrowsAsync<ModbusLinkException>(async () => await walk.RunAsync(Bases, default));
        Assert.Equal(LinkFault.TimedOut, fault.Fault);
        Assert.Single(bus.Asked);
    }

    [Fact]
    public async Task Whatever_the_registers_say_the_walk_ends_within_its_bounds()
    {
        var random = new Random(20261120);
        for (var round = 0; round < 300; round++)
        {
            var image = SunSpecImage.At(40000).Common();
            // Lengths that stay within the registers there are, and lie about everything else.
            var words = Enumerable.Range(0, 2000).Select(_ => (ushort)(random.Next(4) == 0 ? random.Next(65536) : random.Next(40))).ToArray();
            image.Raw(words);
            var bus = new RegisterBus(new TestClock(), image);
            var finding = await new SunSpecWalk(bus, 1, ModbusTiming.Default).RunAsync(Bases, default);
            Assert.True(finding.Chain is null != finding.Refusal is null);
            Assert.InRange(bus.Asked.Count, 3, 210);
        }
    }

    static SunSpecImage Chain() => SunSpecImage.At(40000).Common();

    static SunSpecImage Endless()
    {
        var image = Chain();
        for (ushort id = 2; id < 300; id++) image.Model(id, new ushort[7]);
        return image;
    }

    static async Task<SunSpecFinding> WalkAsync(SunSpecImage image) =>
        await new SunSpecWalk(new RegisterBus(new TestClock(), image), 1, ModbusTiming.Default).RunAsync(Bases, default);
}
