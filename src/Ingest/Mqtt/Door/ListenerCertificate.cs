using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>
/// The certificates of the TLS port, read again when what is in their files changes: whoever renews them need not restart
/// us. Files that cannot be used, and a pair of which one half is written, are shown once and tried again; what was in
/// use before stays.
/// </summary>
sealed class ListenerCertificate : IDisposable
{
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    readonly MqttTlsOptions _options;
    readonly TimeProvider _clock;
    readonly ILogger _log;
    readonly StrangerLog _strangers;
    readonly Lock _lock = new();
    readonly ITimer _timer;
    volatile TlsMaterial _current;
    string? _complainedOf;

    /// <exception cref="CryptographicException">The files hold no certificate with its key.</exception>
    public ListenerCertificate(MqttTlsOptions options, TimeProvider clock, ILogger log, StrangerLog strangers)
    {
        (_options, _clock, _log, _strangers) = (options, clock, log, strangers);
        _current = Load(TlsFiles.Read(options));
        _timer = clock.CreateTimer(_ => Look(), null, LookAgain, LookAgain);
    }

    /// <summary>Called after what is in use was replaced.</summary>
    public Action? Renewed { get; set; }

    /// <summary>How the next client is to be met.</summary>
    public SslServerAuthenticationOptions ForHandshake(ConnectionContext connection)
    {
        var current = _current;
        var met = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = current.Own,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        if (_options.ClientCertificates == ClientCertificates.None) return met;
        met.ClientCertificateRequired = true;
        // A session that is taken up again shows the client's certificate only, not those between it and its authority.
        met.AllowTlsResume = false;
        met.CertificateChainPolicy = PolicyNow(current);
        met.RemoteCertificateValidationCallback = (_, shown, chain, errors) => shown is null
            ? _options.ClientCertificates == ClientCertificates.Optional
            : Accept(connection, chain, errors, current);
        return met;
    }

    public void Dispose() => _timer.Dispose();

    // A certificate names places to fetch others from: a stranger's must not send us anywhere. And one that was signed
    // for a server is no client's.
    X509ChainPolicy PolicyNow(TlsMaterial current)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = _clock.GetUtcNow().UtcDateTime,
        };
        policy.CustomTrustStore.AddRange(current.Authorities);
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        return policy;
    }

    bool Accept(ConnectionContext connection, X509Chain? chain, SslPolicyErrors errors, TlsMaterial current)
    {
        var address = PeerAddress.TextOf(connection.RemoteEndPoint);
        if (errors != SslPolicyErrors.None || chain is null)
        {
            var faults = chain?.ChainStatus.Select(fault => fault.Status.ToString()) ?? [];
            _strangers.CertificateRefused(address, string.Join(", ", faults.Prepend(errors.ToString())));
            return false;
        }
        var shown = ShownCertificate.From(chain, StillHolds);
        if (current.Revoked?.RefusalOf(shown) is { } refusal)
        {
            _strangers.CertificateRefused(address, refusal);
            return false;
        }
        connection.Features.Set(shown);
        return true;
    }

    bool StillHolds(ShownCertificate shown)
    {
        var current = _current;
        return current.Authorities.Any(authority => authority.Thumbprint == shown.Root)
            && current.Revoked?.RefusalOf(shown) is null;
    }

    // A defect here must not end the process: what calls it is a timer.
    void Look()
    {
        lock (_lock)
        {
            var seen = "";
            try
            {
                var files = TlsFiles.Read(_options);
                seen = files.Print;
                if (seen == _current.Print) ComplainOfAge();
                else
                {
                    _current = Load(files);
                    Renewed?.Invoke();
                }
            }
            catch (Exception exception)
            {
                if (_complainedOf == seen) return;
                _complainedOf = seen;
                _log.CertificateRefused(exception, _options.Certificate);
            }
        }
    }

    TlsMaterial Load(TlsFiles files)
    {
        var material = TlsMaterial.From(files, _options);
        var own = material.Own.TargetCertificate;
        _log.CertificateLoaded(_options.Certificate, own.Subject, own.NotAfter);
        _complainedOf = null;
        return material;
    }

    void ComplainOfAge()
    {
        if (_current.Revoked?.DueAt is not { } due || due >= _clock.GetUtcNow() || _complainedOf == _current.Print) return;
        _complainedOf = _current.Print;
        _log.RevocationListOld(_options.ClientCrl!, due);
    }
}
