using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>What a read cannot take apart: a single point, all points of a group, or of a data item. While a read grows, all that it holds so far.</summary>
sealed record ReadChunk(MeterFunction Function, long Start, long End, IReadOnlyList<RegisterPoint> Points)
{
    /// <summary>By function and address, the longer first, so that one inside another comes after it.</summary>
    public static IReadOnlyList<ReadChunk> Of(IReadOnlyList<RegisterPoint> points) =>
    [
        .. points
            .GroupBy(point => (point.Function, Key: point.IsItem ? $"\0{point.Address}" : point.Group ?? $"\0{point.Quantity}"))
            .Select(group => new ReadChunk(
                group.Key.Function, group.Min(point => point.First), group.Max(point => point.End),
                [.. group.OrderBy(point => point.First).ThenBy(point => point.Quantity)]))
            .OrderBy(chunk => chunk.Function).ThenBy(chunk => chunk.Start).ThenByDescending(chunk => chunk.End)
            .ThenBy(chunk => chunk.Points[0].Quantity),
    ];

    public ReadChunk With(ReadChunk next) => this with { End = Math.Max(End, next.End), Points = [.. Points, .. next.Points] };

    public ReadBlock ToBlock() =>
        new(Function, (uint)Start, (ushort)(Function == MeterFunction.DataItem ? Points[0].ItemBytes : End - Start), Points);
}
