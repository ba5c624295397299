using System.Buffers.Binary;
using System.IO.Compression;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Unpacks gzip and knows where it breaks off. <see cref="GZipStream"/> ends without a word where its input ends, and
/// the last number of a body that was cut would be stored as another number. RFC 1952 section 2.3: the last four bytes
/// of a member are its unpacked length.
/// <code>… deflate blocks … | CRC32 (4) | ISIZE (4, little-endian, modulo 2^32)</code>
/// </summary>
sealed class GzipBody : PassingStream
{
    readonly Tail _tail;
    long _unpacked;

    public GzipBody(Stream packed) : this(new Tail(packed)) { }

    GzipBody(Tail tail) : base(new GZipStream(tail, CompressionMode.Decompress)) => _tail = tail;

    protected override void Pass(ReadOnlySpan<byte> bytes)
    {
        _unpacked += bytes.Length;
        if (bytes.IsEmpty && _tail.Size != (uint)_unpacked)
            throw new InvalidDataException("The gzip body breaks off, or has something behind its end.");
    }

    /// <summary>Remembers the last four bytes that passed.</summary>
    sealed class Tail(Stream inner) : PassingStream(inner)
    {
        readonly byte[] _last = new byte[4];
        long _length;

        /// <summary>ISIZE; null where there is not so much as an empty member.</summary>
        public uint? Size => _length < 18 ? null : BinaryPrimitives.ReadUInt32LittleEndian(_last);

        protected override void Pass(ReadOnlySpan<byte> bytes)
        {
            _length += bytes.Length;
            if (bytes.Length >= 4)
            {
                bytes[^4..].CopyTo(_last);
                return;
            }
            _last.AsSpan(bytes.Length).CopyTo(_last);
            bytes.CopyTo(_last.AsSpan(4 - bytes.Length));
        }
    }
}
