using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>An authority and what it signs, made anew for a test; good around the day of the tests' clock and now.</summary>
sealed class TestCertificates : IDisposable
{
    readonly RSA _key = RSA.Create(2048);
    readonly X509Certificate2 _authority;

    /// <param name="issuer">Null for an authority that vouches for itself.</param>
    public TestCertificates(string name = "authority", TestCertificates? issuer = null)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        if (issuer is null)
        {
            _authority = request.CreateSelfSigned(From, Until);
            return;
        }
        using var signed = request.Create(issuer._authority, From, Until, RandomNumberGenerator.GetBytes(8));
        _authority = signed.CopyWithPrivateKey(_key);
    }

    static DateTimeOffset From => new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    static DateTimeOffset Until => new(2040, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public X509Certificate2 Authority => _authority;

    public string AuthorityPem => _authority.ExportCertificatePem();

    public X509ChainPolicy TrustOnly()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.Add(_authority);
        return policy;
    }

    /// <summary>Its list of what is revoked, as PEM.</summary>
    public string Revoke(params X509Certificate2[] revoked) => Revoke(Until, revoked);

    public string Revoke(DateTimeOffset nextUpdate, params X509Certificate2[] revoked)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var one in revoked) list.AddEntry(one, From);
        return PemEncoding.WriteString("X509 CRL", list.Build(
            _authority, 1, nextUpdate, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, From));
    }

    public X509Certificate2 Sign(string name, params X509Extension[] extensions) =>
        SignSubject(new X500DistinguishedName($"CN={name}"), extensions);

    public X509Certificate2 SignSubject(X500DistinguishedName subject, params X509Extension[] extensions)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        foreach (var extension in extensions) request.CertificateExtensions.Add(extension);
        using var signed = request.Create(_authority, From, Until.AddDays(-1), RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }

    public static string Pem(X509Certificate2 certificate) =>
        $"{certificate.ExportCertificatePem()}\n{certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n";

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }
}
