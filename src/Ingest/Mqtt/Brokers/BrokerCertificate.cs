using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// The certificate that we show to a broker, with those between it and its authority. Read for every connection: whoever
/// renews it need not restart us.
/// </summary>
static class BrokerCertificate
{
    /// <summary>Null where none is configured.</summary>
    /// <exception cref="CryptographicException">The files hold no certificate with its key.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static SslStreamCertificateContext? Load(BrokerOptions broker)
    {
        if (broker.Certificate is not { } file) return null;
        var isPem = File.ReadAllText(file).Contains("-----BEGIN", StringComparison.Ordinal);
        var all = new X509Certificate2Collection();
        if (isPem) all.ImportFromPemFile(file);
        else all.AddRange(X509CertificateLoader.LoadPkcs12CollectionFromFile(file, broker.CertificatePassword));
        var own = isPem
            ? FromPem(file, broker)
            : all.FirstOrDefault(one => one.HasPrivateKey)
                ?? throw new CryptographicException($"{file} holds no certificate with its key.");
        return SslStreamCertificateContext.Create(own, all, offline: true);
    }

    static X509Certificate2 FromPem(string file, BrokerOptions broker) =>
        broker.CertificatePassword is { } password
            ? X509Certificate2.CreateFromEncryptedPemFile(file, password, broker.Key)
            : X509Certificate2.CreateFromPemFile(file, broker.Key);
}
