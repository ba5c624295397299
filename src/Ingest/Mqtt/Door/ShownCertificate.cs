using System.Numerics;
using System.Security.Cryptography.X509Certificates;

namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>A client certificate that was found good, as far as it has to be looked at again.</summary>
/// <param name="Name">Its common name; null where it has none, or not exactly one.</param>
/// <param name="Links">Issuer and serial number of each certificate of its chain but the root's; its own is the first.</param>
/// <param name="Root">Print of the authority that it led to.</param>
sealed record ShownCertificate(string? Name, IReadOnlyList<(string Issuer, BigInteger Serial)> Links, string Root)
{
    const string CommonName = "2.5.4.3";

    Func<ShownCertificate, bool> _stillHolds = _ => true;

    /// <summary>False once its authority is no longer one of ours, or has revoked it.</summary>
    public bool Holds => _stillHolds(this);

    /// <param name="chain">The certificate first, as it was built when it was judged.</param>
    /// <param name="stillHolds">Whether it holds by what is known at the time of asking.</param>
    public static ShownCertificate From(X509Chain chain, Func<ShownCertificate, bool> stillHolds)
    {
        var all = chain.ChainElements.Select(element => element.Certificate).ToList();
        return new ShownCertificate(
            NameOf(all[0]), [.. all.Take(Math.Max(1, all.Count - 1)).Select(LinkOf)], all[^1].Thumbprint)
        { _stillHolds = stillHolds };
    }

    /// <summary>
    /// The common name. The name that .NET makes of a certificate may be another part of it, and of two common names
    /// nobody can say which the authority looked at: then there is none.
    /// </summary>
    public static string? NameOf(X509Certificate2 certificate)
    {
        string? found = null;
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements) return null;
            if (part.GetSingleElementType().Value != CommonName) continue;
            if (found is not null || part.GetSingleElementValue() is not { Length: > 0 } name) return null;
            found = name;
        }
        return found;
    }

    // As the lists write it: a serial number is a signed integer of any length.
    static (string, BigInteger) LinkOf(X509Certificate2 certificate) => (
        Convert.ToHexString(certificate.IssuerName.RawData),
        new BigInteger(certificate.SerialNumberBytes.Span, isUnsigned: false, isBigEndian: true));
}
