using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Opens the bodies of requests within their limits. What says its length is refused before a byte of it is read,
/// anything else at the first byte too many; a gzip body is measured as sent and as unpacked, since a thousand bytes
/// may unpack to a million.
/// </summary>
sealed class PushBodies(PushOptions options) : IDisposable
{
    const int FirstBuffer = 16 * 1024;

    readonly SemaphoreSlim _large = new(options.MaxLargeBodies);

    /// <summary>The body unpacked, for reading in passing; null where its encoding is none of ours.</summary>
    /// <exception cref="BodyTooLargeException">when it is, here or in any read.</exception>
    public static Stream? Open(HttpRequest request, long limit)
    {
        if (request.ContentLength > limit) throw new BodyTooLargeException("body", limit);
        var body = new LimitedStream(request.Body, limit, "body");
        var encoding = request.Headers[HeaderNames.ContentEncoding].ToString().Trim();
        if (encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)) return body;
        return encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase)
            || encoding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase)
            ? new LimitedStream(new GzipBody(body), limit, "unpacked body")
            : null;
    }

    /// <summary>
    /// Reads a readings body whole. Held until it is disposed, because few large ones fit into memory at a time.
    /// </summary>
    public async Task<HeldBody> ReadAsync(Stream body, CancellationToken stop)
    {
        var held = new HeldBody();
        try
        {
            var buffer = new byte[FirstBuffer];
            var length = 0;
            while (true)
            {
                var read = await body.ReadAsync(buffer.AsMemory(length), stop);
                if (read == 0) break;
                length += read;
                if (length < buffer.Length) continue;
                if (length >= options.LargeBodyBytes && !held.IsLarge) await held.EnterAsync(_large, stop);
                Array.Resize(ref buffer, checked(buffer.Length * 2));
            }
            held.Bytes = buffer.AsMemory(0, length);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Dispose() => _large.Dispose();

    /// <summary>A body in memory, and its place among the large ones if it is one.</summary>
    public sealed class HeldBody : IDisposable
    {
        SemaphoreSlim? _places;

        public ReadOnlyMemory<byte> Bytes { get; set; }
        public bool IsLarge => _places is not null;

        public async Task EnterAsync(SemaphoreSlim places, CancellationToken stop)
        {
            await places.WaitAsync(stop);
            _places = places;
        }

        public void Dispose() => Interlocked.Exchange(ref _places, null)?.Release();
    }
}
