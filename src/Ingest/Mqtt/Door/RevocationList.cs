using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>One authority's list of certificates that no longer hold, checked to be its own.</summary>
/// <param name="Issuer">The authority's name, as it is written in certificates.</param>
sealed record RevocationList(byte[] Issuer, IReadOnlySet<BigInteger> Serials, DateTimeOffset? NextUpdate)
{
    static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0);

    // RFC 5280 §5.1
    //   CertificateList  ::= SEQUENCE { tbsCertList, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
    //   TBSCertList      ::= SEQUENCE { version INTEGER OPTIONAL, signature AlgorithmIdentifier, issuer Name,
    //                          thisUpdate Time, nextUpdate Time OPTIONAL,
    //                          revokedCertificates SEQUENCE OF SEQUENCE { serial INTEGER, date Time, extensions OPTIONAL }
    //                          OPTIONAL, crlExtensions [0] EXPLICIT Extensions OPTIONAL }
    /// <exception cref="CryptographicException">None of the authorities signed it, or it is not of a kind we read.</exception>
    public static RevocationList Read(ReadOnlyMemory<byte> der, X509Certificate2Collection authorities)
    {
        try
        {
            var whole = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            var signed = whole.PeekEncodedValue();
            var list = whole.ReadSequence();
            var algorithm = whole.ReadSequence().ReadObjectIdentifier();
            var signature = whole.ReadBitString(out _);
            if (list.PeekTag().HasSameClassAndValue(Asn1Tag.Integer)) list.ReadInteger();
            list.ReadSequence();
            var issuer = list.ReadEncodedValue().ToArray();
            if (!IsSigned(signed.Span, algorithm, signature, issuer, authorities))
                throw new CryptographicException(
                    $"The revocation list of {new X500DistinguishedName(issuer).Name} is signed by no authority of ClientCa.");
            ReadTime(list);
            DateTimeOffset? next = list.HasData && IsTime(list) ? ReadTime(list) : null;
            var serials = new HashSet<BigInteger>();
            if (list.HasData && list.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
                for (var revoked = list.ReadSequence(); revoked.HasData;) serials.Add(ReadEntry(revoked.ReadSequence()));
            if (list.HasData && list.PeekTag().HasSameClassAndValue(Extensions))
                RefuseCritical(list.ReadSequence(Extensions).ReadSequence());
            return new RevocationList(issuer, serials, next);
        }
        catch (AsnContentException exception)
        {
            throw new CryptographicException("What should be a revocation list is none.", exception);
        }
    }

    static BigInteger ReadEntry(AsnReader entry)
    {
        var serial = entry.ReadInteger();
        ReadTime(entry);
        if (entry.HasData) RefuseCritical(entry.ReadSequence());
        return serial;
    }

    // §5.2: a list with a critical extension that is not understood says something else than it seems to (a difference
    // to another list, or certificates of others).
    static void RefuseCritical(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean())
                throw new CryptographicException($"A revocation list with the critical extension {oid} is not of a kind we read.");
        }
    }

    static bool IsSigned(
        ReadOnlySpan<byte> signed, string algorithm, byte[] signature, byte[] issuer, X509Certificate2Collection authorities)
    {
        foreach (var authority in authorities)
            if (authority.SubjectName.RawData.AsSpan().SequenceEqual(issuer) && MaySignLists(authority)
                && Verifies(authority, signed, algorithm, signature))
                return true;
        return false;
    }

    static bool MaySignLists(X509Certificate2 authority) =>
        authority.Extensions.OfType<X509KeyUsageExtension>().All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign));

    static bool Verifies(X509Certificate2 authority, ReadOnlySpan<byte> signed, string algorithm, byte[] signature)
    {
        var hash = HashOf(algorithm);
        using var rsa = authority.GetRSAPublicKey();
        if (rsa is not null) return rsa.VerifyData(signed, signature, hash, RSASignaturePadding.Pkcs1);
        using var ecdsa = authority.GetECDsaPublicKey();
        return ecdsa is not null && ecdsa.VerifyData(signed, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
    }

    // RFC 4055 §5 and RFC 5758 §3.2.
    static HashAlgorithmName HashOf(string algorithm) => algorithm switch
    {
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
        _ => throw new CryptographicException(
            $"A revocation list signed with {algorithm} is not read: RSA (PKCS #1) and ECDSA with SHA-256, 384 or 512 are."),
    };

    static bool IsTime(AsnReader list) =>
        list.PeekTag() is { TagClass: TagClass.Universal, TagValue: (int)UniversalTagNumber.UtcTime or (int)UniversalTagNumber.GeneralizedTime };

    static DateTimeOffset ReadTime(AsnReader list) =>
        list.PeekTag().TagValue == (int)UniversalTagNumber.UtcTime ? list.ReadUtcTime() : list.ReadGeneralizedTime();
}
