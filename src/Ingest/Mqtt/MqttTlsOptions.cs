namespace EnergyWatch.Ingest.Mqtt;

/// <summary>Whether a client has to show a certificate.</summary>
public enum ClientCertificates
{
    None,
    /// <summary>One that is shown has to be good.</summary>
    Optional,
    Required,
}

/// <summary>The MQTT port over TLS.</summary>
public sealed record MqttTlsOptions
{
    /// <summary>Address to listen on; null is that of the port without TLS.</summary>
    public string? Bind { get; init; }
    public int Port { get; init; } = 8883;

    /// <summary>
    /// The certificate, with those between it and its authority: a PEM file, or a PFX (PKCS #12) file. It is read again
    /// when the file changes.
    /// </summary>
    public string Certificate { get; init; } = "";

    /// <summary>PEM file of the private key, where <see cref="Certificate"/> is a PEM file without it.</summary>
    public string? Key { get; init; }

    /// <summary>Of the PFX file, or of an encrypted key.</summary>
    public string? Password { get; init; }
    public ClientCertificates ClientCertificates { get; init; }

    /// <summary>PEM file of the authorities whose client certificates are good.</summary>
    public string? ClientCa { get; init; }

    /// <summary>
    /// A good client certificate whose common name is a gateway's user name stands for its secret, where the client
    /// gives none.
    /// </summary>
    public bool CertificateIsLogin { get; init; }

    internal IEnumerable<(string Setting, string? Value, string Allowed)> Faults()
    {
        if (Bind is not null && !System.Net.IPAddress.TryParse(Bind, out _))
            yield return (nameof(Bind), Bind, "an IP address, 0.0.0.0 for all");
        if (Port is < 0 or > 65535) yield return (nameof(Port), $"{Port}", "a whole number from 0 to 65535");
        if (!File.Exists(Certificate)) yield return (nameof(Certificate), Certificate, "a PEM or PFX file that is there");
        if (Key is not null && !File.Exists(Key)) yield return (nameof(Key), Key, "a PEM file that is there");
        if (ClientCertificates != ClientCertificates.None && !File.Exists(ClientCa))
            yield return (nameof(ClientCa), ClientCa, "a PEM file of the authorities of client certificates");
        if (CertificateIsLogin && ClientCertificates == ClientCertificates.None)
            yield return (nameof(CertificateIsLogin), "true", "only with ClientCertificates Optional or Required");
    }
}
