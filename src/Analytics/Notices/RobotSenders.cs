using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Notices;

/// <summary>
/// A WeCom group robot (企业微信): <c>{"msgtype":"markdown","markdown":{"content"}}</c>. The address carries its key.
/// </summary>
sealed class WeComSender(NoticeHttp http, NoticeOptions options) : INoticeSender
{
    public NoticeChannel Channel => NoticeChannel.WeCom;

    public string? NotReady => null;

    public Task SendAsync(Parcel parcel, CancellationToken stop)
    {
        var text = new JsonObject { ["content"] = Robot.Text(parcel.Notice, options) };
        return Robot.PostAsync(http, NoticeHttp.Parse(parcel.Delivery.Address), text, stop);
    }
}

/// <summary>
/// A DingTalk group robot (钉钉): <c>{"msgtype":"markdown","markdown":{"title","text"}}</c>, signed in the query where it
/// has a secret.
/// </summary>
sealed class DingTalkSender(NoticeHttp http, NoticeOptions options) : INoticeSender
{
    public NoticeChannel Channel => NoticeChannel.DingTalk;

    public string? NotReady => null;

    public Task SendAsync(Parcel parcel, CancellationToken stop)
    {
        var address = NoticeHttp.Parse(parcel.Delivery.Address);
        if (parcel.Secret is { Length: > 0 } secret)
        {
            var query = Signature.DingTalkQuery(Instant.From(http.Now).UnixMilliseconds, secret);
            var given = address.Query.Length > 1 ? $"{address.Query[1..]}&" : "";
            address = new UriBuilder(address) { Query = given + query }.Uri;
        }
        var text = new JsonObject { ["title"] = parcel.Notice.Title, ["text"] = Robot.Text(parcel.Notice, options) };
        return Robot.PostAsync(http, address, text, stop);
    }
}

/// <summary>The inbox on our own pages: the notice is there once it is issued, so nothing is sent.</summary>
sealed class PortalSender : INoticeSender
{
    public NoticeChannel Channel => NoticeChannel.Portal;

    public string? NotReady => null;

    public Task SendAsync(Parcel parcel, CancellationToken stop) => Task.CompletedTask;
}

static class Robot
{
    public static string Text(Notice notice, NoticeOptions options) =>
        $"**{Plain(notice.Title)}**\n\n文号：{Plain(notice.Number)}\n\n"
        + $"[登录后查看通知]({options.UrlOf(notice.Id)})，请在平台上签收，或打印后填写回执，盖章后交回。";

    /// <summary>Both robots answer 200 even when they refuse; <c>errcode</c> tells.</summary>
    public static async Task PostAsync(NoticeHttp http, Uri address, JsonObject markdown, CancellationToken stop)
    {
        var message = new JsonObject { ["msgtype"] = "markdown", ["markdown"] = markdown };
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Content = new StringContent(
            message.ToJsonString(), new MediaTypeHeaderValue("application/json", "utf-8"));
        var answer = await http.PostAsync(request, stop);
        var (code, text) = Read(answer);
        if (code is null) throw new NotTakenException("the robot's answer has no errcode");
        if (code != 0) throw new NotTakenException($"the robot answered errcode {code}: {text}");
    }

    static (int? Code, string? Text) Read(string answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return (null, null);
            var isNumber = json.RootElement.TryGetProperty("errcode", out var errcode)
                && errcode.ValueKind == JsonValueKind.Number;
            var text = json.RootElement.TryGetProperty("errmsg", out var errmsg) ? errmsg.ToString() : null;
            return (isNumber && errcode.TryGetInt32(out var code) ? code : null, text);
        }
        catch (JsonException fault)
        {
            throw new NotTakenException("the robot's answer is not JSON", inner: fault);
        }
    }

    // Names come from the registry; in markdown some characters would end a link or start a heading.
    static string Plain(string text) =>
        string.Concat(text.Select(letter => "\\`*_{}[]()#<>|".Contains(letter) ? $"\\{letter}" : $"{letter}"));
}
