namespace EnergyWatch.Ingest.Tests.Push;

/// <summary>Gives its bytes in pieces of random length, as a network does.</summary>
sealed class DrippingStream(byte[] bytes, Random random, int most) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, random.Next(1, most + 1))], cancellationToken);
}
