using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>
/// The bytes of all files of the TLS port, read together, and a print of them: what changed is told by what is in them,
/// since a link, a copy or a restored backup keeps any time it likes.
/// </summary>
sealed record TlsFiles(byte[] Certificate, byte[]? Key, byte[]? Authorities, byte[]? Revoked, string Print)
{
    public static TlsFiles Read(MqttTlsOptions options)
    {
        var asked = options.ClientCertificates != ClientCertificates.None;
        var certificate = File.ReadAllBytes(options.Certificate);
        var key = options.Key is null ? null : File.ReadAllBytes(options.Key);
        var authorities = asked ? File.ReadAllBytes(options.ClientCa!) : null;
        var revoked = asked && options.ClientCrl is not null ? File.ReadAllBytes(options.ClientCrl) : null;
        using var print = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in new[] { certificate, key, authorities, revoked })
        {
            print.AppendData(BitConverter.GetBytes(file?.Length ?? -1));
            print.AppendData(file ?? []);
        }
        return new TlsFiles(certificate, key, authorities, revoked, Convert.ToHexString(print.GetHashAndReset()));
    }
}

/// <summary>What the files of the TLS port mean. Immutable; a renewal makes another.</summary>
sealed record TlsMaterial(
    SslStreamCertificateContext Own, X509Certificate2Collection Authorities, RevocationLists? Revoked, string Print)
{
    const string PemBegin = "-----BEGIN";

    /// <exception cref="CryptographicException">They hold no certificate with its key, or a list nobody signed.</exception>
    public static TlsMaterial From(TlsFiles files, MqttTlsOptions options)
    {
        var (own, chain) = IsPem(files.Certificate)
            ? FromPem(files, options.Password)
            : FromPfx(files.Certificate, options.Password);
        var authorities = new X509Certificate2Collection();
        if (files.Authorities is not null) authorities.ImportFromPem(Text(files.Authorities));
        if (files.Authorities is not null && authorities.Count == 0)
            throw new CryptographicException($"{options.ClientCa} holds no certificate of an authority.");
        return new TlsMaterial(
            SslStreamCertificateContext.Create(own, chain, offline: true), authorities,
            files.Revoked is null ? null : RevocationLists.Read(files.Revoked, authorities), files.Print);
    }

    static (X509Certificate2 Own, X509Certificate2Collection Chain) FromPem(TlsFiles files, string? password)
    {
        var certificate = Text(files.Certificate);
        var key = files.Key is null ? certificate : Text(files.Key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        return (password is null
            ? X509Certificate2.CreateFromPem(certificate, key)
            : X509Certificate2.CreateFromEncryptedPem(certificate, key, password), chain);
    }

    static (X509Certificate2 Own, X509Certificate2Collection Chain) FromPfx(byte[] file, string? password)
    {
        var chain = X509CertificateLoader.LoadPkcs12Collection(file, password);
        var own = chain.FirstOrDefault(one => one.HasPrivateKey)
            ?? throw new CryptographicException("There is no certificate with its key.");
        return (own, chain);
    }

    static bool IsPem(byte[] file) => Text(file).Contains(PemBegin, StringComparison.Ordinal);

    static string Text(byte[] file) => Encoding.UTF8.GetString(file);
}
