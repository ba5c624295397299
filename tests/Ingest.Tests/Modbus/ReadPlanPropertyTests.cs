using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>What holds of every read plan, on points and limits that chance chose, always the same.</summary>
public sealed class ReadPlanPropertyTests
{
    const int Seed = 20261120;

    [Fact]
    public void Every_point_is_read_once_within_the_limits_and_groups_stay_whole()
    {
        var random = new Random(Seed);
        for (var round = 0; round < 3000; round++)
        {
            var points = RandomPoints(random, 20, 300);
            var limits = RandomLimits(random, points, 300);
            var plan = ReadPlan.For(points, limits);
            Assert.Equal(Sorted(points), Sorted(plan.Blocks.SelectMany(block => block.Points)));
            Assert.All(plan.Blocks, block => AssertAllowed(block, limits));
            foreach (var group in points.Where(point => point.Group is not null).GroupBy(point => (point.Function, point.Group)))
                Assert.Single(plan.Blocks, block => block.Points.Contains(group.First()) && group.All(block.Points.Contains));
        }
    }

    [Fact]
    public void The_order_of_the_points_does_not_matter()
    {
        var random = new Random(Seed);
        for (var round = 0; round < 500; round++)
        {
            var points = RandomPoints(random, 15, 60);
            var limits = RandomLimits(random, points, 60);
            var expected = ReadPlanTests.Shown(ReadPlan.For(points, limits));
            for (var turn = 0; turn < 5; turn++)
                Assert.Equal(expected, ReadPlanTests.Shown(ReadPlan.For([.. points.OrderBy(_ => random.Next())], limits)));
        }
    }

    [Fact]
    public void No_choice_of_reads_needs_fewer()
    {
        var random = new Random(Seed);
        for (var round = 0; round < 1500; round++)
        {
            var points = RandomPoints(random, 8, 24);
            var limits = RandomLimits(random, points, 24);
            Assert.Equal(Fewest(points, limits), ReadPlan.For(points, limits).Blocks.Count);
        }
    }

    [Fact]
    public void A_plan_for_some_points_is_as_short_as_one_made_for_them_alone()
    {
        var random = new Random(Seed);
        for (var round = 0; round < 1000; round++)
        {
            var points = RandomPoints(random, 20, 200);
            var limits = RandomLimits(random, points, 200);
            var some = points.Where(point => point.Group is null && random.Next(3) == 0).ToList();
            Assert.Equal(ReadPlanTests.Shown(ReadPlan.For(some, limits)), ReadPlanTests.Shown(ReadPlan.For(points, limits).Of(some)));
        }
    }

    [Fact]
    public void Whatever_a_meter_does_not_have_the_rest_is_found_in_few_refusals()
    {
        var random = new Random(Seed);
        for (var round = 0; round < 1000; round++)
        {
            var points = RandomPoints(random, 20, 120);
            var limits = RandomLimits(random, points, 120);
            var absent = Enumerable.Range(0, random.Next(4)).Select(_ => (uint)random.Next(120)).ToHashSet();
            var plan = ReadPlanTests.Settle(ReadPlan.For(points, limits), absent.Contains, out var refusals);
            var chunks = ReadChunk.Of(points);
            var readable = chunks.Where(chunk => !absent.Any(address => chunk.Start <= address && address < chunk.End)).SelectMany(chunk => chunk.Points);
            Assert.Equal(Sorted(readable), Sorted(plan.Blocks.SelectMany(block => block.Points)));
            Assert.Equal(points.Count, plan.Unreadable.Count + plan.Blocks.Sum(block => block.Points.Count));
            Assert.All(plan.Blocks, block => AssertAllowed(block, limits));
            Assert.InRange(refusals, 0, (plan.Unreadable.Count + absent.Count + 1) * 12);
        }
    }

    // A read as the specification of the limits has it, without the plan's own reasoning.
    static void AssertAllowed(ReadBlock block, ReadLimits limits)
    {
        Assert.True(IsAllowed(block.Points, limits));
        Assert.Equal((block.Points.Min(point => point.First), block.Points.Max(point => point.End)), (block.Address, block.Address + (long)block.Count));
    }

    static bool IsAllowed(IReadOnlyCollection<RegisterPoint> points, ReadLimits limits)
    {
        var function = points.First().Function;
        if (points.Any(point => point.Function != function)) return false;
        var (first, end) = (points.Min(point => point.First), points.Max(point => point.End));
        if (end - first > limits.MaxWords || limits.Boundaries.Any(address => first < address && address < end)) return false;
        var hole = 0;
        for (var address = first; address < end; address++)
        {
            var isUsed = points.Any(point => point.First <= address && address < point.End);
            hole = isUsed || InGroup(points, address) ? 0 : hole + 1;
            if (hole > limits.MaxHole || limits.Forbidden.Any(range => range.Overlaps(function, address, address + 1))) return false;
        }
        return true;
    }

    // The registers between those of a group are read with it, however many.
    static bool InGroup(IEnumerable<RegisterPoint> points, uint address) => points.Where(point => point.Group is not null)
        .GroupBy(point => point.Group).Any(group => group.Min(point => point.First) <= address && address < group.Max(point => point.End));

    // The least number of allowed reads that bring every point: all ways to part the chunks, tried one by one.
    static int Fewest(List<RegisterPoint> points, ReadLimits limits)
    {
        var chunks = ReadChunk.Of(points);
        var allowed = new bool[1 << chunks.Count];
        for (var set = 1; set < allowed.Length; set++)
            allowed[set] = IsAllowed([.. chunks.Where((_, index) => (set >> index & 1) != 0).SelectMany(chunk => chunk.Points)], limits);
        var fewest = new int[allowed.Length];
        for (var set = 1; set < allowed.Length; set++)
        {
            fewest[set] = int.MaxValue;
            for (var part = set; part > 0; part = (part - 1) & set)
                if (allowed[part]) fewest[set] = Math.Min(fewest[set], fewest[set & ~part] + 1);
        }
        return fewest[^1];
    }

    // Single chunks are within the limits, as the loader of models sees to.
    static List<RegisterPoint> RandomPoints(Random random, int most, int addresses)
    {
        while (true)
        {
            var text = string.Join(' ', Enumerable.Range(0, random.Next(1, most)).Select(_ =>
                $"{(random.Next(4) == 0 ? 'i' : 'h')}{random.Next(addresses)}:{1 << random.Next(3)}{(random.Next(8) == 0 ? "@a" : "")}"));
            var points = ReadPlanTests.Points(text);
            if (ReadChunk.Of(points).All(chunk => chunk.End - chunk.Start <= 10)) return points;
        }
    }

    // Forbidden registers and boundaries lie anywhere but within a chunk, as the loader sees to.
    static ReadLimits RandomLimits(Random random, List<RegisterPoint> points, int addresses)
    {
        var chunks = ReadChunk.Of(points);
        var free = Enumerable.Range(0, addresses).Where(address =>
            !chunks.Any(chunk => chunk.Function == MeterFunction.HoldingRegisters && chunk.Start <= address && address < chunk.End)).ToList();
        var between = Enumerable.Range(0, addresses).Where(address => !chunks.Any(chunk => chunk.Start < address && address < chunk.End)).ToList();
        return new(random.Next(10, 126), random.Next(20), [.. Some(random, free).Select(address =>
            new RegisterRange(MeterFunction.HoldingRegisters, (ushort)address, (ushort)address))])
        {
            Boundaries = [.. Some(random, between).Select(address => (uint)address)],
        };
    }

    static IEnumerable<int> Some(Random random, List<int> numbers) =>
        numbers.Count == 0 ? [] : Enumerable.Range(0, random.Next(4)).Select(_ => numbers[random.Next(numbers.Count)]).ToList();

    static IEnumerable<int> Sorted(IEnumerable<RegisterPoint> points) => points.Select(point => (int)point.Quantity).Order();
}
