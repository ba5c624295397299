using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EnergyWatch.Analytics.Notices;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Support;
using Microsoft.AspNetCore.Http;

namespace EnergyWatch.Analytics.Tests.Notices;

public sealed class HttpSenderTests : IAsyncLifetime, IDisposable
{
    static readonly NoticeOptions Options =
        new() { BaseUrl = "https://energy.example.gov", HttpTimeout = TimeSpan.FromSeconds(20) };

    readonly TestClock _clock = new();
    NoticeHttp _http = null!;
    Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _http = new NoticeHttp(Options, _clock);
        _receiver = await Receiver.StartAsync();
    }

    public async Task DisposeAsync() => await _receiver.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Webhook_posts_the_notice_signed_and_the_same_bytes_every_time()
    {
        var sender = new WebhookSender(_http, Options);
        await sender.SendAsync(Parcel(NoticeChannel.Webhook, "/hook?from=ew", "密钥"), CancellationToken.None);
        _clock.Advance(TimeSpan.FromHours(1));
        await sender.SendAsync(Parcel(NoticeChannel.Webhook, "/hook?from=ew", "密钥"), CancellationToken.None);

        var requests = _receiver.Requests.ToArray();
        Assert.Equal(requests[0].Body, requests[1].Body);
        Assert.Equal(("/hook?from=ew", "application/json; charset=utf-8"),
            (requests[0].Target, requests[0].ContentType));
        Assert.Equal("d-1", requests[0].Headers["X-EnergyWatch-Delivery"]);
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes("密钥"), requests[0].Body));
        Assert.Equal($"sha256={expected}", requests[0].Headers["X-EnergyWatch-Signature"]);
        using var json = JsonDocument.Parse(requests[0].Body);
        var notice = json.RootElement.GetProperty("notice");
        Assert.Equal(("quota_notice", "d-1"),
            (json.RootElement.GetProperty("type").GetString(), json.RootElement.GetProperty("delivery").GetString()));
        Assert.Equal(
            ("关于一中的通知", "<p>定额</p>", "https://energy.example.gov/api/v1/quota-notices/n-1/document"),
            (notice.GetProperty("title").GetString(), notice.GetProperty("html").GetString(),
            notice.GetProperty("url").GetString()));
    }

    [Fact]
    public async Task Webhook_without_a_secret_is_not_signed()
    {
        await new WebhookSender(_http, Options)
            .SendAsync(Parcel(NoticeChannel.Webhook, "/hook", null), CancellationToken.None);
        Assert.DoesNotContain("X-EnergyWatch-Signature", _receiver.Requests.Single().Headers.Keys);
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(204, null)]
    [InlineData(400, "answered 400")]
    [InlineData(500, "answered 500")]
    [InlineData(302, "redirects are not followed")]
    public async Task Only_2xx_is_delivered(int status, string? refusal)
    {
        await using var elsewhere = await Receiver.StartAsync();
        _receiver.Answer = context =>
        {
            context.Response.StatusCode = status;
            if (status == 302) context.Response.Headers.Location = elsewhere.Url;
            return Task.CompletedTask;
        };
        Task Send() => new WebhookSender(_http, Options)
            .SendAsync(Parcel(NoticeChannel.Webhook, "/hook", "s"), CancellationToken.None);

        if (refusal is null) await Send();
        else Assert.Contains(refusal, (await Assert.ThrowsAsync<NotTakenException>(Send)).Message,
            StringComparison.Ordinal);
        Assert.Single(_receiver.Requests);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Receiver_that_never_answers_is_left_after_the_timeout()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _receiver.Answer = context =>
        {
            asked.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        };
        var sending = new WebhookSender(_http, Options)
            .SendAsync(Parcel(NoticeChannel.Webhook, "/hook", "s"), CancellationToken.None);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _clock.Advance(TimeSpan.FromSeconds(20));

        var fault = await Assert.ThrowsAsync<NotTakenException>(() => sending.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("no answer within 20 s", fault.Message);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("not a url")]
    public async Task Address_that_is_no_web_address_is_hopeless(string address)
    {
        var parcel = Parcel(NoticeChannel.Webhook, "", "s");
        var wrong = parcel with { Delivery = parcel.Delivery with { Address = address } };
        var fault = await Assert.ThrowsAsync<NotTakenException>(
            () => new WebhookSender(_http, Options).SendAsync(wrong, CancellationToken.None));
        Assert.True(fault.Hopeless);
        Assert.DoesNotContain(address, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unreachable_receiver_is_a_fault_that_does_not_name_the_path()
    {
        var parcel = Parcel(NoticeChannel.Webhook, "/secret-path", "s");
        await _receiver.DisposeAsync();
        var fault = await Assert.ThrowsAsync<HttpRequestException>(
            () => new WebhookSender(_http, Options).SendAsync(parcel, CancellationToken.None));
        Assert.DoesNotContain("secret-path", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WeCom_robot_gets_markdown_and_its_errcode_counts()
    {
        var sender = new WeComSender(_http, Options);
        _receiver.Answer = context => context.Response.WriteAsync("""{"errcode":0,"errmsg":"ok"}""");
        await sender.SendAsync(Parcel(NoticeChannel.WeCom, "/cgi-bin/webhook/send?key=K", null),
            CancellationToken.None);

        using var json = JsonDocument.Parse(_receiver.Requests.Single().Body);
        Assert.Equal("markdown", json.RootElement.GetProperty("msgtype").GetString());
        var content = json.RootElement.GetProperty("markdown").GetProperty("content").GetString();
        Assert.Contains("**关于一中的通知**", content, StringComparison.Ordinal);
        Assert.Contains("(https://energy.example.gov/api/v1/quota-notices/n-1/document)", content,
            StringComparison.Ordinal);

        foreach (var (answer, refusal) in new[]
        {
            ("""{"errcode":93000,"errmsg":"invalid webhook url"}""", "errcode 93000: invalid webhook url"),
            ("""{"errcode":"0"}""", "no errcode"), ("[]", "no errcode"), ("<html>", "not JSON"),
        })
        {
            _receiver.Answer = context => context.Response.WriteAsync(answer);
            var fault = await Assert.ThrowsAsync<NotTakenException>(
                () => sender.SendAsync(Parcel(NoticeChannel.WeCom, "/send?key=K", null), CancellationToken.None));
            Assert.Contains(refusal, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task DingTalk_robot_is_signed_with_the_present_time()
    {
        _receiver.Answer = context => context.Response.WriteAsync("""{"errcode":0}""");
        await new DingTalkSender(_http, Options).SendAsync(
            Parcel(NoticeChannel.DingTalk, "/robot/send?access_token=T", "SEC0"), CancellationToken.None);

        var request = _receiver.Requests.Single();
        var query = Signature.DingTalkQuery(_clock.Instant.UnixMilliseconds, "SEC0");
        Assert.Equal($"/robot/send?access_token=T&{query}", request.Target);
        using var json = JsonDocument.Parse(request.Body);
        Assert.Equal("关于一中的通知", json.RootElement.GetProperty("markdown").GetProperty("title").GetString());
    }

    Parcel Parcel(NoticeChannel channel, string path, string? secret) => new(
        new Delivery("d-1", "n-1", channel, _receiver.Url + path, DeliveryState.Waiting, 0, _clock.Instant, null, null),
        new Notice("n-1", "示能通〔2026〕1号", "ORG-1", "2026-10", 1, null, "关于一中的通知", Encoding.UTF8.GetBytes("<p>定额</p>"),
        "hash", new(1_800_000_000_000)),
        secret);
}
