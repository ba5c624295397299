using System.IO.Compression;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Unpacks gzip and knows where it breaks off. <see cref="GZipStream"/> ends without a word where its input ends, and
/// the last number of a body that was cut would be stored as another number. RFC 1952 section 2.3: the last four bytes
/// of a member are its unpacked length; section 2.2: members simply follow one another, with nothing between them.
/// <code>… deflate blocks … | CRC32 (4) | ISIZE (4, little-endian, modulo 2^32) | 1F 8B 08 … next member, if any</code>
/// </summary>
sealed class GzipBody : PassingStream
{
    readonly GzipMembers _members;

    public GzipBody(Stream packed) : this(new GzipMembers(packed)) { }

    GzipBody(GzipMembers members) : base(new GZipStream(members, CompressionMode.Decompress)) => _members = members;

    protected override void Pass(ReadOnlySpan<byte> bytes)
    {
        _members.Unpacked += bytes.Length;
        if (bytes.IsEmpty && !_members.IsWhole)
            throw new InvalidDataException("The gzip body breaks off, or has something behind its end.");
    }
}
