using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>
/// The lists of a file. Whoever sets one wants every certificate looked up: one whose issuer has no list there is not
/// let in. A list whose next one is overdue goes on to hold.
/// </summary>
sealed class RevocationLists
{
    readonly Dictionary<string, List<RevocationList>> _byIssuer = new(StringComparer.Ordinal);

    /// <summary>When the first of them should have been replaced; null where none says.</summary>
    public DateTimeOffset? DueAt { get; private set; }

    /// <param name="file">One list as DER, or any number as PEM.</param>
    /// <param name="authorities">Who may have signed them.</param>
    public static RevocationLists Read(byte[] file, X509Certificate2Collection authorities)
    {
        var lists = new RevocationLists();
        foreach (var der in ListsIn(file)) lists.Add(RevocationList.Read(der, authorities));
        if (lists._byIssuer.Count == 0) throw new CryptographicException("There is no revocation list in the file.");
        return lists;
    }

    /// <summary>Why the certificate does not hold; null where it does.</summary>
    public string? RefusalOf(ShownCertificate shown)
    {
        if (!_byIssuer.ContainsKey(shown.Links[0].Issuer)) return "there is no revocation list of its issuer";
        foreach (var (issuer, serial) in shown.Links)
            if (_byIssuer.TryGetValue(issuer, out var lists) && lists.Exists(list => list.Serials.Contains(serial)))
                return "it was revoked";
        return null;
    }

    void Add(RevocationList list)
    {
        var issuer = Convert.ToHexString(list.Issuer);
        if (!_byIssuer.TryGetValue(issuer, out var same)) _byIssuer[issuer] = same = [];
        same.Add(list);
        if (list.NextUpdate is { } next && (DueAt is null || next < DueAt)) DueAt = next;
    }

    static List<ReadOnlyMemory<byte>> ListsIn(byte[] file)
    {
        var text = Encoding.ASCII.GetString(file);
        if (!text.Contains("-----BEGIN", StringComparison.Ordinal)) return [file];
        var found = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; PemEncoding.TryFind(text.AsSpan(at), out var block); at += block.Location.End.Value)
            if (text.AsSpan(at)[block.Label].SequenceEqual("X509 CRL"))
                found.Add(Convert.FromBase64String(text[at..][block.Base64Data]));
        return found;
    }
}
