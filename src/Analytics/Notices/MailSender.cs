using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using EnergyWatch.Domain.Quotas;

namespace EnergyWatch.Analytics.Notices;

/// <summary>
/// Sends a notice by SMTP: its text in the mail, and the document itself attached, byte for byte, to be printed and
/// filed. The Message-ID is made of the delivery's id, so that a mail sent twice by accident is one mail to its
/// readers.
/// </summary>
sealed class MailSender(NoticeOptions options, TimeProvider clock) : INoticeSender
{
    public NoticeChannel Channel => NoticeChannel.Mail;

    public string? NotReady =>
        options.Smtp is null ? "no SMTP server is configured (Notices:Smtp); the mail waits" : null;

    public async Task SendAsync(Parcel parcel, CancellationToken stop)
    {
        var smtp = options.Smtp
            ?? throw new InvalidOperationException("Mail is sent only where an SMTP server is configured.");
        using var message = Message(parcel, smtp);
        using var client = new SmtpClient(smtp.Host, smtp.Port)
        {
            EnableSsl = smtp.StartTls, DeliveryFormat = SmtpDeliveryFormat.SevenBit,
        };
        if (smtp.User is { Length: > 0 }) client.Credentials = new NetworkCredential(smtp.User, smtp.Password);
        using var limit = new CancellationTokenSource(smtp.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            await client.SendMailAsync(message, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new NotTakenException(
                $"the mail server {smtp.Host}:{smtp.Port} did not finish within {smtp.Timeout.TotalSeconds:0.#} s");
        }
        catch (SmtpException fault)
        {
            throw new NotTakenException(
                $"the mail server {smtp.Host}:{smtp.Port}: {fault.GetBaseException().Message}", inner: fault);
        }
    }

    MailMessage Message(Parcel parcel, SmtpOptions smtp)
    {
        if (!MailAddress.TryCreate(parcel.Delivery.Address, out var to))
            throw new NotTakenException("the registered address is not a mail address", hopeless: true);
        var notice = parcel.Notice;
        var from = new MailAddress(smtp.From, options.Issuer, Encoding.UTF8);
        var message = new MailMessage(from, to)
        {
            Subject = OneLine($"{notice.Title}（{notice.Number}）"),
            SubjectEncoding = Encoding.UTF8,
            Body = $"{notice.Title}\n文号：{notice.Number}\n\n通知全文见附件，可直接打印。也可登录能耗监测平台查看：\n"
                + $"{options.UrlOf(notice.Id)}\n请在平台上签收，或填写附件所附回执，盖章后交回。\n\n{options.Issuer}\n",
            BodyEncoding = Encoding.UTF8,
        };
        message.Headers.Add("Message-ID", $"<{parcel.Delivery.Id}@{from.Host}>");
        message.Headers.Add(Signature.DeliveryHeader, parcel.Delivery.Id);
        var document = new ContentType("text/html; charset=utf-8") { Name = $"{OneLine(notice.Number)}.html" };
        message.Attachments.Add(new Attachment(new MemoryStream(notice.Body.ToArray()), document));
        return message;
    }

    // A name with a line break in it must not become a header.
    static string OneLine(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
}
