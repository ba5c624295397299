using System.IO.Compression;

namespace EnergyWatch.Ingest.Mqtt.Dialects.Replies;

/// <summary>
/// Messages that come compressed with ZLIB (RFC 1950). What they unfold to is bounded: a few bytes can name gigabytes.
/// </summary>
static class Inflation
{
    /// <summary>True where the bytes begin as ZLIB does, and as no JSON does.</summary>
    /// <remarks>
    /// RFC 1950 §2.2: CMF = CINFO (window, at most 7) &lt;&lt; 4 | CM (8 is deflate), FLG; CMF * 256 + FLG is a multiple
    /// of 31. FLG bit 5 asks for a dictionary that only the two ends know.
    /// </remarks>
    public static bool IsZlib(ReadOnlySpan<byte> payload) =>
        payload.Length >= 2 && (payload[0] & 0x0F) == 8 && payload[0] >> 4 <= 7
            && (payload[0] << 8 | payload[1]) % 31 == 0 && (payload[1] & 0x20) == 0;

    /// <summary>What it holds; null with the fault in words where it is damaged or holds too much.</summary>
    public static byte[]? Unfold(ReadOnlyMemory<byte> payload, int most, out string? fault)
    {
        using var packed = new MemoryStream(payload.ToArray(), writable: false);
        using var unpacking = new ZLibStream(packed, CompressionMode.Decompress);
        using var unfolded = new MemoryStream();
        var piece = new byte[8192];
        fault = null;
        try
        {
            for (int read; (read = unpacking.Read(piece)) > 0;)
            {
                if (unfolded.Length + read > most)
                {
                    fault = $"The ZLIB message holds more than {most} bytes.";
                    return null;
                }
                unfolded.Write(piece, 0, read);
            }
            return unfolded.ToArray();
        }
        catch (InvalidDataException exception)
        {
            fault = $"The ZLIB message is damaged: {exception.Message}";
            return null;
        }
    }
}
