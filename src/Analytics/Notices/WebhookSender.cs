using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EnergyWatch.Domain.Quotas;

namespace EnergyWatch.Analytics.Notices;

/// <summary>
/// Posts a notice as JSON, signed. The body of a delivery is the same in every attempt, so that a receiver may drop
/// what it already has by <c>X-EnergyWatch-Delivery</c>.
/// </summary>
sealed class WebhookSender(NoticeHttp http, NoticeOptions options) : INoticeSender
{
    static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public NoticeChannel Channel => NoticeChannel.Webhook;

    public string? NotReady => null;

    public async Task SendAsync(Parcel parcel, CancellationToken stop)
    {
        var body = Body(parcel, options);
        using var request = new HttpRequestMessage(HttpMethod.Post, NoticeHttp.Parse(parcel.Delivery.Address));
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.Add(Signature.DeliveryHeader, parcel.Delivery.Id);
        if (parcel.Secret is { Length: > 0 } secret) request.Headers.Add(Signature.Header, Signature.Of(body, secret));
        await http.PostAsync(request, stop);
    }

    internal static byte[] Body(Parcel parcel, NoticeOptions options)
    {
        var notice = parcel.Notice;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("type", "quota_notice");
            json.WriteString("delivery", parcel.Delivery.Id);
            json.WriteStartObject("notice");
            json.WriteString("id", notice.Id);
            json.WriteString("number", notice.Number);
            json.WriteString("institution", notice.Institution);
            json.WriteString("period", notice.Period);
            json.WriteNumber("version", notice.Version);
            json.WriteString("replaces", notice.Replaces);
            json.WriteString("title", notice.Title);
            json.WriteString("issuedAt", notice.IssuedAt.ToString());
            json.WriteString("url", options.UrlOf(notice.Id));
            json.WriteString("sha256", notice.Sha256);
            json.WriteString("html", Encoding.UTF8.GetString(notice.Body.Span));
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
