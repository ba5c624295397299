using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>What a payload is decoded with. Kept for the next one, so that decoding allocates nothing.</summary>
sealed class Decoding
{
    /// <summary>No name of ours has more bytes.</summary>
    public const int LongestName = 128;

    ReadingContext _context;

    public ref readonly ReadingContext Context => ref _context;

    public NamedMeters Meters { get; } = new();

    /// <summary>Where what is found goes; the sender's own.</summary>
    public FoundReadings Found { get; private set; } = null!;

    /// <summary>The values of an item while its meter and time are not known yet: one of each quantity at most.</summary>
    public (Quantity Quantity, double Value)[] Values { get; } =
        new (Quantity, double)[Quantities.All.Count];

    public void Begin(in ReadingContext context, FoundReadings found)
    {
        _context = context;
        Meters.Turn(context);
        Found = found;
        found.Clear();
    }
}
