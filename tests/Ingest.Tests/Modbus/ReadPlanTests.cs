using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class ReadPlanTests
{
    public static TheoryData<string> Cases =>
        [.. File.ReadLines(Repository.PathOf("tests", "Vectors", "modbus", "read-plans.txt")).Where(line => line.Length > 0 && line[0] != '#')];

    [Theory, MemberData(nameof(Cases))]
    public void The_plan_is_that_of_the_golden_case(string line)
    {
        var cells = line.Split('|', StringSplitOptions.TrimEntries);
        var limits = Limits(cells[1], cells[2]);
        foreach (var option in cells.Skip(5).SelectMany(cell => cell.Split(' ')))
            limits = option == "single" ? limits with { SingleReads = true } : limits with { Boundaries = [.. limits.Boundaries, Number(option)] };
        var plan = ReadPlan.For(Points(cells[3]), limits);
        Assert.Equal(cells[4], Shown(plan));
    }

    [Fact]
    public void A_refused_read_is_made_without_holes_then_in_halves_then_without_the_point()
    {
        var plan = ReadPlan.For(Points("h0:2 h4:2 h6:2 h8:2"), Limits("125, 16", ""));
        Assert.Equal("h0+10", Shown(plan));
        plan = plan.WithoutRefused(plan.Blocks[0]);
        Assert.Equal("h0+2 h4+6", Shown(plan));
        plan = plan.WithoutRefused(plan.Blocks[1]);
        Assert.Equal("h0+2 h4+4 h8+2", Shown(plan));
        plan = plan.WithoutRefused(plan.Blocks[2]);
        Assert.Equal("h0+8", Shown(plan));
        Assert.Equal([8], plan.Unreadable.Select(point => (int)point.Address));
    }

    [Fact]
    public void A_group_is_never_taken_apart()
    {
        var plan = ReadPlan.For(Points("h0:1@sf h4:1@sf h6:2"), Limits("125, 16", ""));
        plan = plan.WithoutRefused(plan.Blocks[0]);
        Assert.Equal("h0+5 h6+2", Shown(plan));
        plan = plan.WithoutRefused(plan.Blocks[0]);
        Assert.Equal("h6+2", Shown(plan));
        Assert.Equal(2, plan.Unreadable.Count);
    }

    [Fact]
    public void A_read_that_is_too_long_for_the_meter_is_halved_until_it_fits_and_stays_so()
    {
        var plan = ReadPlan.For(Points("h0:4 h4:4 h8:4 h12:4 h16:4"), Limits("125, 16", ""));
        while (plan.Blocks.FirstOrDefault(block => block.Count > 8) is { } tooLong)
            plan = plan.WithoutRefused(tooLong, ModbusExceptionCode.IllegalDataValue);
        Assert.Equal("h0+8 h8+4 h12+8", Shown(plan));
        Assert.Empty(plan.Unreadable);
        var some = plan.Of([.. plan.Blocks.SelectMany(block => block.Points).Where(point => point.Address is 4 or 8 or 12)]);
        Assert.Equal("h4+4 h8+4 h12+4", Shown(some));
        Assert.Equal(Shown(plan), Shown(some.Of(plan.Blocks.SelectMany(block => block.Points))));
    }

    [Fact]
    public void A_point_that_is_refused_as_too_long_by_itself_is_unreadable()
    {
        var plan = ReadPlan.For(Points("h0:4"), ReadLimits.Default);
        plan = plan.WithoutRefused(plan.Blocks[0], ModbusExceptionCode.IllegalDataValue);
        Assert.Empty(plan.Blocks);
        Assert.Single(plan.Unreadable);
    }

    [Fact]
    public void A_plan_for_some_points_knows_what_was_learnt_and_the_whole_one_learns_from_it()
    {
        var points = Points("h0:2 h2:2 h4:2 h6:2 h8:2");
        var plan = ReadPlan.For(points, Limits("125, 16", ""));
        Assert.Same(plan, plan.Of(points));
        var some = plan.Of([points[1], points[4]]);
        Assert.Equal("h2+8", Shown(some));
        some = some.WithoutRefused(some.Blocks[0]);
        Assert.Equal("h2+2 h8+2", Shown(some));
        some = some.WithoutRefused(some.Blocks[1]);
        Assert.Equal("h2+2", Shown(some));
        Assert.Equal("h0+8", Shown(some.Of(points)));
        Assert.Equal([points[4]], some.Of(points).Unreadable);
        Assert.Empty(some.Of([]).Blocks);
    }

    [Fact]
    public void What_was_absent_is_asked_for_again_by_itself()
    {
        var points = Points("h0:2 h2:2 h4:2");
        var plan = ReadPlan.For(points, ReadLimits.Default);
        Assert.Same(plan, plan.Again());
        plan = Settle(plan, address => address is 2 or 3, out _);
        Assert.Equal("h0+2 h4+2", Shown(plan));
        Assert.Equal("h0+2 h2+2 h4+2", Shown(plan.Again()));
    }

    [Fact]
    public void A_long_point_that_is_absent_does_not_take_those_along_that_lie_within_it()
    {
        var plan = ReadPlan.For(Points("h0:4 h2:2"), ReadLimits.Default);
        Assert.Equal("h0+4", Shown(plan));
        plan = plan.WithoutRefused(plan.Blocks[0]);
        Assert.Equal("h2+2", Shown(plan));
    }

    [Fact]
    public void A_value_and_its_scale_factor_are_read_in_one()
    {
        var points = Points("h0:2 h2:2 h9:1").Select((point, index) => index == 1 ? point with { ScaleFactor = 12 } : point).ToList();
        Assert.Equal("h0+2 h2+11", Shown(ReadPlan.For(points, Limits("11, 16", ""))));
    }

    [Fact]
    public void Coils_have_a_limit_of_their_own()
    {
        var points = Enumerable.Range(0, 20).Select(i => Points($"h{30 * i}:1")[0] with
        {
            Quantity = (Quantity)(i + 1), Function = MeterFunction.Coils, Format = new RegisterFormat(RegisterType.Bit),
        }).ToList();
        Assert.Single(ReadPlan.For(points, Limits("10, 40", "")).Blocks);
        Assert.Equal(20, ReadPlan.For(points, Limits("10, 40", "") with { MaxBits = 30 }).Blocks.Count);
    }

    [Fact]
    public void A_block_of_another_plan_changes_nothing()
    {
        var plan = ReadPlan.For(Points("h0:2"), ReadLimits.Default);
        Assert.Same(plan, plan.WithoutRefused(new ReadBlock(MeterFunction.HoldingRegisters, 9, 1, [])));
    }

    // Plays a meter that refuses every read that touches such an address, until it refuses no more.
    internal static ReadPlan Settle(ReadPlan plan, Func<uint, bool> isAbsent, out int refusals)
    {
        refusals = 0;
        while (plan.Blocks.FirstOrDefault(block => Enumerable.Range((int)block.Address, block.Count).Any(address => isAbsent((uint)address))) is { } refused)
        {
            plan = plan.WithoutRefused(refused);
            refusals++;
        }
        return plan;
    }

    internal static string Shown(ReadPlan plan) => string.Join(' ', plan.Blocks.Select(block =>
        $"{(block.Function == MeterFunction.InputRegisters ? 'i' : 'h')}{block.Address}+{block.Count}"));

    // Each point needs a quantity of its own; there are as many as cases need.
    internal static List<RegisterPoint> Points(string text) => [.. text.Split(' ').Select((cell, index) =>
    {
        var parts = cell.Split(':', '@');
        var type = parts[1] switch { "1" => RegisterType.Uint16, "2" => RegisterType.Uint32, _ => RegisterType.Uint64 };
        return new RegisterPoint(
            (Quantity)(index + 1), Table(cell), Number(parts[0][1..]), new RegisterFormat(type), new Scaling(1, 1, 0), "kWh", [],
            parts.Length > 2 ? parts[2] : null);
    })];

    static ReadLimits Limits(string numbers, string forbidden)
    {
        var parts = numbers.Split(',', StringSplitOptions.TrimEntries);
        var ranges = forbidden.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(cell =>
        {
            var ends = cell[1..].Split('-');
            return new RegisterRange(Table(cell), Number(ends[0]), Number(ends[1]));
        });
        return new(Number(parts[0]), Number(parts[1]), [.. ranges]);
    }

    static MeterFunction Table(string cell) => cell[0] == 'i' ? MeterFunction.InputRegisters : MeterFunction.HoldingRegisters;

    static ushort Number(string text) => ushort.Parse(text, CultureInfo.InvariantCulture);
}
