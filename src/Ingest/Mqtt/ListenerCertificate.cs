using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// The certificate of the TLS port, read again when its file changes: whoever renews it need not restart us. A file that
/// cannot be used is shown, and the certificate before it stays.
/// </summary>
sealed class ListenerCertificate
{
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    readonly MqttTlsOptions _options;
    readonly TimeProvider _clock;
    readonly ILogger _log;
    readonly Lock _lock = new();
    readonly X509Certificate2Collection _authorities = [];
    SslStreamCertificateContext _current;
    DateTime _changedAt;
    long _lookedAt;

    /// <exception cref="CryptographicException">The files hold no certificate with its key.</exception>
    public ListenerCertificate(MqttTlsOptions options, TimeProvider clock, ILogger log)
    {
        (_options, _clock, _log) = (options, clock, log);
        (_changedAt, _lookedAt) = (ChangedAt(), clock.GetTimestamp());
        _current = Load();
        if (options.ClientCertificates != ClientCertificates.None) _authorities.ImportFromPemFile(options.ClientCa!);
    }

    /// <summary>How the next client is to be met.</summary>
    public SslServerAuthenticationOptions ForHandshake()
    {
        var met = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Current(),
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            EnabledSslProtocols = System.Security.Authentication.SslProtocols.None,
        };
        if (_options.ClientCertificates == ClientCertificates.None) return met;
        met.ClientCertificateRequired = true;
        met.CertificateChainPolicy = PolicyNow();
        met.RemoteCertificateValidationCallback = (_, shown, _, errors) => shown is null
            ? _options.ClientCertificates == ClientCertificates.Optional
            : errors == SslPolicyErrors.None;
        return met;
    }

    // A certificate names places to fetch others from: a stranger's must not send us anywhere. And one that was signed
    // for a server is no client's.
    X509ChainPolicy PolicyNow()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = _clock.GetUtcNow().UtcDateTime,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        return policy;
    }

    SslStreamCertificateContext Current()
    {
        lock (_lock)
        {
            if (_clock.GetElapsedTime(_lookedAt) < LookAgain) return _current;
            _lookedAt = _clock.GetTimestamp();
            try
            {
                if (ChangedAt() is var changedAt && changedAt != _changedAt)
                {
                    _changedAt = changedAt;
                    _current = Load();
                }
            }
            catch (Exception exception) when (exception is CryptographicException or IOException or ArgumentException
                or UnauthorizedAccessException)
            {
                _log.CertificateRefused(exception, _options.Certificate);
            }
            return _current;
        }
    }

    DateTime ChangedAt()
    {
        var certificate = File.GetLastWriteTimeUtc(_options.Certificate);
        var key = _options.Key is null ? certificate : File.GetLastWriteTimeUtc(_options.Key);
        return key > certificate ? key : certificate;
    }

    SslStreamCertificateContext Load()
    {
        var file = _options.Certificate;
        var all = new X509Certificate2Collection();
        if (IsPem(file)) all.ImportFromPemFile(file);
        else all.AddRange(X509CertificateLoader.LoadPkcs12CollectionFromFile(file, _options.Password));
        var own = IsPem(file)
            ? FromPem(file)
            : all.FirstOrDefault(one => one.HasPrivateKey)
                ?? throw new CryptographicException($"{file} holds no certificate with its key.");
        _log.CertificateLoaded(file, own.Subject, own.NotAfter);
        return SslStreamCertificateContext.Create(own, all, offline: true);
    }

    X509Certificate2 FromPem(string file) =>
        _options.Password is { } password
            ? X509Certificate2.CreateFromEncryptedPemFile(file, password, _options.Key)
            : X509Certificate2.CreateFromPemFile(file, _options.Key);

    static bool IsPem(string file) => File.ReadAllText(file).Contains("-----BEGIN", StringComparison.Ordinal);
}
