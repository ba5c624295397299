namespace EnergyWatch.Ingest.Push;

/// <summary>A stream that is only read, and sees what passes.</summary>
abstract class PassingStream(Stream inner) : ForwardStream(inner)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        var read = await Inner.ReadAsync(buffer, cancellationToken);
        Pass(buffer.Span[..read]);
        return read;
    }

    /// <summary>What was just read; empty at the end.</summary>
    protected abstract void Pass(ReadOnlySpan<byte> bytes);
}
