using System.Text;
using System.Text.RegularExpressions;
using EnergyWatch.Analytics.Notices;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Notices;

public sealed partial class MailSenderTests
{
    static readonly byte[] Document = Encoding.UTF8.GetBytes("<!DOCTYPE html>\n<p>综合能耗定额 71.91 tce</p>\n");

    readonly TestClock _clock = new();

    [Fact]
    public async Task Mail_arrives_with_its_Chinese_subject_and_body_and_the_document_byte_for_byte()
    {
        await using var sink = new SmtpSink();

        await Sender(sink).SendAsync(Parcel(), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

        var mail = Assert.Single(sink.Mails);
        Assert.Equal("关于示范县第一中学2026年10月能耗定额执行情况的通知（示能通〔2026〕10-SCH-01号）", Header(mail, "Subject"));
        Assert.Equal("示范县机关事务服务中心 <energy@county.example>", Header(mail, "From"));
        Assert.Equal("<d-1@county.example>", Header(mail, "Message-ID"));
        Assert.Equal("d-1", Header(mail, "X-EnergyWatch-Delivery"));
        var parts = Parts(mail);
        Assert.Contains("通知全文见附件", Encoding.UTF8.GetString(parts[0]), StringComparison.Ordinal);
        Assert.Contains("https://energy.example.gov/api/v1/quota-notices/n-1/document",
            Encoding.UTF8.GetString(parts[0]), StringComparison.Ordinal);
        Assert.Equal(Document, parts[1]);
        Assert.Contains("MAIL FROM:<energy@county.example>", sink.Commands);
        Assert.Contains("RCPT TO:<office@school.example>", sink.Commands);
    }

    [Fact]
    public async Task Name_with_a_line_break_does_not_become_a_header()
    {
        await using var sink = new SmtpSink();
        var parcel = Parcel();

        await Sender(sink).SendAsync(
            parcel with { Notice = parcel.Notice with { Title = "通知\r\nBcc: everyone@example" } },
            CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(30));

        Assert.DoesNotContain("\nBcc:", sink.Mails.Single(), StringComparison.Ordinal);
        Assert.StartsWith("通知  Bcc: everyone@example", Header(sink.Mails.Single(), "Subject"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_of_the_server_is_told_and_may_be_tried_again()
    {
        await using var sink = new SmtpSink
        {
            Refuse = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 mailbox busy" : null,
        };

        var fault = await Assert.ThrowsAsync<NotTakenException>(
            () => Sender(sink).SendAsync(Parcel(), CancellationToken.None));

        Assert.False(fault.Hopeless);
        Assert.Contains($"127.0.0.1:{sink.Port}", fault.Message, StringComparison.Ordinal);
        Assert.Empty(sink.Mails);
    }

    [Fact]
    public async Task Address_that_is_none_is_hopeless()
    {
        await using var sink = new SmtpSink();
        var parcel = Parcel();
        var wrong = parcel with { Delivery = parcel.Delivery with { Address = "no address" } };
        Assert.True((await Assert.ThrowsAsync<NotTakenException>(
            () => Sender(sink).SendAsync(wrong, CancellationToken.None))).Hopeless);
    }

    [Fact]
    public void Without_a_server_mail_is_not_ready_and_says_what_to_set()
    {
        Assert.Contains("Smtp", new MailSender(new NoticeOptions(), _clock).NotReady, StringComparison.Ordinal);
        Assert.Null(new MailSender(new NoticeOptions { Smtp = Smtp(25) }, _clock).NotReady);
    }

    [Fact]
    public void Password_is_in_no_text_of_the_options() =>
        Assert.DoesNotContain("hunter2",
            $"{new NoticeOptions { Smtp = Smtp(25) with { Password = "hunter2" } }}", StringComparison.Ordinal);

    MailSender Sender(SmtpSink sink) => new(
        new NoticeOptions { Smtp = Smtp(sink.Port), Issuer = "示范县机关事务服务中心", BaseUrl = "https://energy.example.gov" },
        _clock);

    static SmtpOptions Smtp(int port) =>
        new() { Host = "127.0.0.1", Port = port, StartTls = false, From = "energy@county.example" };

    Parcel Parcel() => new(
        new Delivery("d-1", "n-1", NoticeChannel.Mail, "office@school.example", DeliveryState.Waiting, 0,
        _clock.Instant, null, null),
        new Notice("n-1", "示能通〔2026〕10-SCH-01号", "SCH-01", "2026-10", 1, null, "关于示范县第一中学2026年10月能耗定额执行情况的通知",
        Document, "hash", _clock.Instant),
        null);

    // RFC 5322 headers, unfolded; RFC 2047 words, base64 or quoted-printable, decoded.
    static string Header(string mail, string name)
    {
        var head = mail[..mail.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Replace(
            "\r\n ", " ", StringComparison.Ordinal);
        var line = head.Split("\r\n").Single(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        var joined = BetweenWords().Replace(line[(name.Length + 1)..].Trim(), "?==?");
        return Word().Replace(joined, word => Encoding.UTF8.GetString(word.Groups["how"].Value is "B" or "b"
            ? Convert.FromBase64String(word.Groups["text"].Value)
            : QuotedPrintable(word.Groups["text"].Value.Replace('_', ' '))));
    }

    static List<byte[]> Parts(string mail)
    {
        var boundary = Boundary().Match(mail).Groups[1].Value;
        return [.. mail.Split($"--{boundary}")[1..^1].Select(part =>
        {
            var cut = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var text = part[(cut + 4)..];
            return part[..cut].Contains("base64", StringComparison.OrdinalIgnoreCase)
                ? Convert.FromBase64String(text) : QuotedPrintable(text.Replace("=\r\n", "", StringComparison.Ordinal));
        })];
    }

    static byte[] QuotedPrintable(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '=') { bytes.Add((byte)text[i]); continue; }
            bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
            i += 2;
        }
        return [.. bytes];
    }

    [GeneratedRegex(@"\?=\s+=\?")]
    private static partial Regex BetweenWords();

    [GeneratedRegex(@"=\?utf-8\?(?<how>[BbQq])\?(?<text>[^?]*)\?=")]
    private static partial Regex Word();

    [GeneratedRegex("boundary=\"?([^\"\r\n;]+)")]
    private static partial Regex Boundary();
}
