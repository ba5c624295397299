using System.Globalization;

namespace EnergyWatch.Ingest.Push;

/// <summary>Passes so many bytes and no more: the read that shows that there are more throws <see cref="BodyTooLargeException"/>.</summary>
sealed class LimitedStream(Stream inner, long limit, string what) : Stream
{
    long _read;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => _read; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await inner.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    int Count(int read) => (_read += read) <= limit ? read : throw new BodyTooLargeException(what, limit);
}

/// <summary>A body is larger than it may be.</summary>
sealed class BodyTooLargeException(string what, long limit)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"The {what} is larger than {limit} bytes: send it in parts."));
