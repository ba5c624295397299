using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>One read and the points whose registers it brings.</summary>
public sealed record ReadBlock(MeterFunction Function, uint Address, ushort Count, IReadOnlyList<RegisterPoint> Points)
{
    public MeterRequest For(ulong meter) => new(meter, Function, Address, Count);

    /// <summary>The registers of one of its points, out of the answer.</summary>
    public ReadOnlySpan<byte> Registers(RegisterPoint point, ReadOnlySpan<byte> answer) =>
        answer.Slice(2 * (int)(point.Address - Address), 2 * point.Format.Words);
}

/// <summary>
/// Points → fewest reads under the model's limits. Pure: the same points give the same plan. Where a meter refuses a block with exception
/// 2, <see cref="WithoutRefused"/> is the plan to go on with; whoever polls keeps it.
/// </summary>
public sealed class ReadPlan
{
    readonly ReadLimits _limits;

    ReadPlan(IReadOnlyList<ReadBlock> blocks, IReadOnlyList<RegisterPoint> unreadable, ReadLimits limits) =>
        (Blocks, Unreadable, _limits) = (blocks, unreadable, limits);

    /// <summary>The reads, by function and address.</summary>
    public IReadOnlyList<ReadBlock> Blocks { get; }

    /// <summary>Points the meter turned out not to have.</summary>
    public IReadOnlyList<RegisterPoint> Unreadable { get; }

    public static ReadPlan For(RegisterMap map) => For(map.Points, map.Limits);

    /// <summary>
    /// Walks the points by address and lets a read grow while it holds no more than the limit, no hole larger than allowed and no
    /// forbidden register in a hole. Each read begins with the first point not yet read, so no plan has fewer.
    /// </summary>
    public static ReadPlan For(IReadOnlyList<RegisterPoint> points, ReadLimits limits) => new(Cut(points, limits), [], limits);

    /// <summary>
    /// The plan after a meter refused this block: first without holes, then in halves, and at last without the one point or group
    /// that is refused by itself.
    /// </summary>
    public ReadPlan WithoutRefused(ReadBlock refused)
    {
        var index = Blocks.ToList().IndexOf(refused);
        if (index < 0) return this;
        var parts = Cut(refused.Points, _limits with { MaxHole = 0 });
        var lost = Array.Empty<RegisterPoint>() as IReadOnlyList<RegisterPoint>;
        if (parts.Count == 1)
        {
            var chunks = Chunks(refused.Points);
            if (chunks.Count == 1) (parts, lost) = ([], refused.Points);
            else parts = [.. Halves(chunks).SelectMany(half => Cut(half, _limits))];
        }
        return new([.. Blocks.Take(index), .. parts, .. Blocks.Skip(index + 1)], [.. Unreadable, .. lost], _limits);
    }

    static IEnumerable<List<RegisterPoint>> Halves(IReadOnlyList<Chunk> chunks)
    {
        var middle = (chunks.Count + 1) / 2;
        yield return [.. chunks.Take(middle).SelectMany(chunk => chunk.Points)];
        yield return [.. chunks.Skip(middle).SelectMany(chunk => chunk.Points)];
    }

    static List<ReadBlock> Cut(IReadOnlyList<RegisterPoint> points, ReadLimits limits)
    {
        var blocks = new List<ReadBlock>();
        Chunk? open = null;
        foreach (var chunk in Chunks(points))
        {
            if (open is not null && CanJoin(open, chunk, limits)) open = open.With(chunk);
            else
            {
                if (open is not null) blocks.Add(open.ToBlock());
                open = chunk;
            }
        }
        if (open is not null) blocks.Add(open.ToBlock());
        return blocks;
    }

    static bool CanJoin(Chunk open, Chunk next, ReadLimits limits) =>
        open.Function == next.Function
        && Math.Max(open.End, next.End) - open.Start <= limits.MaxWords
        && next.Start - open.End <= limits.MaxHole
        && !limits.Forbidden.Any(range => range.Overlaps(open.Function, open.End, next.Start));

    // What cannot be taken apart: a single point, or all points of a group.
    static List<Chunk> Chunks(IReadOnlyList<RegisterPoint> points) =>
    [
        .. points
            .GroupBy(point => (point.Function, Key: point.Group ?? $"\0{point.Quantity}"))
            .Select(group => new Chunk(
                group.Key.Function, group.Min(point => point.Address), group.Max(point => point.End), [.. group.OrderBy(point => point.Address)]))
            .OrderBy(chunk => chunk.Function).ThenBy(chunk => chunk.Start).ThenBy(chunk => chunk.End),
    ];

    sealed record Chunk(MeterFunction Function, long Start, long End, IReadOnlyList<RegisterPoint> Points)
    {
        public Chunk With(Chunk next) => this with { End = Math.Max(End, next.End), Points = [.. Points, .. next.Points] };

        public ReadBlock ToBlock() => new(Function, (uint)Start, (ushort)(End - Start), Points);
    }
}
