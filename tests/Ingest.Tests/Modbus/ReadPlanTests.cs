using System.Globalization;
using EnergyWatch.Domain.Readings;
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
        var plan = ReadPlan.For(Points(cells[3]), Limits(cells[1], cells[2]));
        Assert.Equal(cells[4], Shown(plan));
    }

    [Fact]
    public void Every_point_is_in_one_read_that_holds_its_registers_whatever_the_points()
    {
        var random = new Random(20261120);
        for (var round = 0; round < 3000; round++)
        {
            var text = string.Join(' ', Enumerable.Range(0, random.Next(1, 20)).Select(_ =>
                $"{(random.Next(4) == 0 ? 'i' : 'h')}{random.Next(300)}:{1 << random.Next(3)}"));
            var points = Points(text);
            var limits = new ReadLimits(random.Next(4, 126), random.Next(40), [new(MeterFunction.HoldingRegisters, 301, 400)]);
            var plan = ReadPlan.For(points, limits);
            Assert.Equal(points.Count, plan.Blocks.Sum(block => block.Points.Count));
            Assert.All(plan.Blocks, block =>
            {
                Assert.InRange(block.Count, 1, limits.MaxWords);
                Assert.All(block.Points, point => Assert.True(point.Address >= block.Address && point.End <= block.Address + block.Count));
            });
        }
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
    public void A_block_of_another_plan_changes_nothing()
    {
        var plan = ReadPlan.For(Points("h0:2"), ReadLimits.Default);
        Assert.Same(plan, plan.WithoutRefused(new ReadBlock(MeterFunction.HoldingRegisters, 9, 1, [])));
    }

    static string Shown(ReadPlan plan) => string.Join(' ', plan.Blocks.Select(block =>
        $"{(block.Function == MeterFunction.InputRegisters ? 'i' : 'h')}{block.Address}+{block.Count}"));

    // Each point needs a quantity of its own; there are as many as cases need.
    static List<RegisterPoint> Points(string text) => [.. text.Split(' ').Select((cell, index) =>
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
