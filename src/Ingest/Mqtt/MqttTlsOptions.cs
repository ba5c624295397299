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
    /// The certificate, with those between it and its authority: a PEM file, or a PFX (PKCS #12) file. All files are read
    /// again when what is in them changes.
    /// </summary>
    public string Certificate { get; init; } = "";

    /// <summary>PEM file of the private key, where <see cref="Certificate"/> is a PEM file without it.</summary>
    public string? Key { get; init; }

    /// <summary>Of the PFX file, or of an encrypted key.</summary>
    public string? Password { get; init; }
    public ClientCertificates ClientCertificates { get; init; }

    /// <summary>
    /// PEM file of the authorities whose client certificates are good; those between them and the clients' may stand
    /// there too, where clients do not send them.
    /// </summary>
    public string? ClientCa { get; init; }

    /// <summary>
    /// File of revocation lists (PEM, or one as DER), each signed by an authority in <see cref="ClientCa"/>. What is on
    /// them is not let in, nor is a certificate whose issuer has no list here; who is connected with one is
    /// disconnected.
    /// </summary>
    public string? ClientCrl { get; init; }

    /// <summary>
    /// A good client certificate whose common name is a gateway's user name stands for its secret, where the client
    /// gives none; and for that gateway only, whatever other secret its holder may know.
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
        if (ClientCrl is not null && !File.Exists(ClientCrl))
            yield return (nameof(ClientCrl), ClientCrl, "a file of revocation lists that is there");
        if (ClientCrl is not null && ClientCertificates == ClientCertificates.None)
            yield return (nameof(ClientCrl), ClientCrl, "only with ClientCertificates Optional or Required");
        if (CertificateIsLogin && ClientCertificates == ClientCertificates.None)
            yield return (nameof(CertificateIsLogin), "true", "only with ClientCertificates Optional or Required");
    }
}
