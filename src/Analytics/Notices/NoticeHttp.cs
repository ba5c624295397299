namespace EnergyWatch.Analytics.Notices;

/// <summary>
/// Posts JSON to webhooks and robots. Redirects are not followed: a notice goes to the address that was registered and
/// to no other.
/// </summary>
sealed class NoticeHttp : IDisposable
{
    const int LongestAnswer = 64 * 1024;

    readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LongestAnswer,
    };

    readonly TimeSpan _timeout;
    readonly TimeProvider _clock;

    public NoticeHttp(NoticeOptions options, TimeProvider clock) => (_timeout, _clock) = (options.HttpTimeout, clock);

    public DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>
    /// Sends and gives the answer's text. Throws <see cref="NotTakenException"/> for any status but 2xx.
    /// </summary>
    public async Task<string> PostAsync(HttpRequestMessage request, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(_timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);
            if (answer.IsSuccessStatusCode) return await answer.Content.ReadAsStringAsync(either.Token);
            throw new NotTakenException((int)answer.StatusCode is >= 300 and < 400
                ? $"the receiver answered {(int)answer.StatusCode} and points elsewhere; redirects are not followed, "
                    + "register the final address"
                : $"the receiver answered {(int)answer.StatusCode}");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new NotTakenException($"no answer within {_timeout.TotalSeconds:0.#} s");
        }
    }

    /// <summary>The address as a URL, or a refusal that trying again cannot mend.</summary>
    public static Uri Parse(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            ? uri
            : throw new NotTakenException("the registered address is not an http or https URL", hopeless: true);

    public void Dispose() => _client.Dispose();
}
