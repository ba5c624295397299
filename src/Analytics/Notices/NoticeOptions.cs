namespace EnergyWatch.Analytics.Notices;

/// <summary>Who issues notices and how they are sent.</summary>
public sealed record NoticeOptions
{
    /// <summary>Where institutions reach this service, without a trailing slash.</summary>
    public string BaseUrl { get; init; } = "http://127.0.0.1:8080";

    /// <summary>
    /// Where a notice is read, by those who are logged in; <c>{id}</c> stands for the notice's id. It is signed on the
    /// portal or on its printed slip.
    /// </summary>
    public string ReceiptPath { get; init; } = "/api/v1/quota-notices/{id}/document";

    /// <summary>发文机关, as it signs.</summary>
    public string Issuer { get; init; } = "县机关事务服务中心";

    /// <summary>发文字号 up to the year, e.g. 鹿能通.</summary>
    public string NumberPrefix { get; init; } = "能通";

    /// <summary>Whom to ask, printed at the foot; empty for nobody.</summary>
    public string Contact { get; init; } = "";

    /// <summary>Null: mail waits until there is a server.</summary>
    public SmtpOptions? Smtp { get; init; }

    /// <summary>How long one webhook or robot may take to answer.</summary>
    public TimeSpan HttpTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many deliveries are under way together, so that a slow receiver does not hold up the others.
    /// </summary>
    public int Concurrency { get; init; } = 8;

    public string UrlOf(string noticeId) => BaseUrl + ReceiptPath.Replace("{id}", noticeId, StringComparison.Ordinal);
}

/// <summary>The mail server. STARTTLS is on by default; implicit TLS (port 465) is not spoken.</summary>
public sealed record SmtpOptions
{
    public required string Host { get; init; }
    public int Port { get; init; } = 587;
    public bool StartTls { get; init; } = true;
    public string? User { get; init; }
    public string? Password { get; init; }
    public required string From { get; init; }
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    // A record prints all its members; this one holds a password.
    public override string ToString() => $"smtp://{Host}:{Port}";
}
