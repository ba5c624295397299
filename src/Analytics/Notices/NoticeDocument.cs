using System.Security.Cryptography;
using EnergyWatch.Analytics.Quotas;

namespace EnergyWatch.Analytics.Notices;

/// <summary>
/// A quota notice as one self-contained HTML page (UTF-8, no script, nothing loaded) that prints on A4 in the manner of
/// an official document (公文): issuer, number, title, table, grounds, signature, and the receipt below a tear line.
/// </summary>
public static class NoticeDocument
{
    public static byte[] Render(NoticeContent content)
    {
        var page = new HtmlPage();
        NoticeLayout.Open(page, content.Title);
        Heading(page, content);
        Figures(page, content);
        Grounds(page, content);
        Signature(page, content);
        Receipt(page, content);
        NoticeLayout.Close(page);
        return page.ToBytes();
    }

    /// <summary>Lower-case hex of the SHA-256 of the document.</summary>
    public static string Hash(ReadOnlySpan<byte> document) => Convert.ToHexStringLower(SHA256.HashData(document));

    static void Heading(HtmlPage page, NoticeContent content)
    {
        var replaces = content.Replaces is { } former ? $"（替代{former}）" : "";
        page.Add($"<p class=\"issuer\">{content.Issuer}</p>\n");
        page.Add($"<p class=\"number\">{content.Number}　第{content.Version}版{replaces}</p>\n");
        page.Add($"<h1>{content.Title}</h1>\n");
        page.Add($"<p class=\"to\">{content.Institution}：</p>\n");
        var until = NoticeFigures.Day(new DateOnly(content.Year, content.Month, 1).AddMonths(1).AddDays(-1));
        page.Add($"<p>现将你单位{content.Year}年度能源资源消耗定额及截至{until}的执行情况通知如下。</p>\n");
    }

    static void Figures(HtmlPage page, NoticeContent content)
    {
        page.Add($"<table>\n<thead><tr><th>指标</th><th>单位</th><th>年度定额</th><th>本月用量</th><th>累计用量</th><th>占定额</th>")
            .Add($"<th>进度应为</th><th>数据完整率</th><th>执行情况</th></tr></thead>\n<tbody>\n");
        foreach (var row in content.Rows)
        {
            var (name, unit, _, _) = NoticeFigures.Show(row.Indicator);
            page.Add($"<tr><td>{name}</td><td>{unit}</td>");
            foreach (var figure in new[]
            {
                NoticeFigures.Amount(row.Quota, row.Indicator), NoticeFigures.Amount(row.UsedInMonth, row.Indicator),
                NoticeFigures.Amount(row.Used, row.Indicator), NoticeFigures.Percent(row.Share),
                NoticeFigures.Percent(row.PaceShare), NoticeFigures.Percent(row.Coverage),
            })
                page.Add($"<td class=\"figure\">{figure}</td>");
            page.Add($"<td>{NoticeFigures.Status(row.Status)}</td></tr>\n");
        }
        page.Add($"</tbody>\n</table>\n");
        foreach (var row in content.Rows.Where(row => row.Exhausted is not null)) page.Add($"<p>{Outlook(row)}</p>\n");
        if (content.Rows.Any(row => row.Status == QuotaStatus.Unknown))
            page.Add($"<p>数据完整率低于95%或用量缺失的指标暂不评价；“—”表示数据缺失，不是零。</p>\n");
    }

    static string Outlook(NoticeRow row)
    {
        var (name, _, _, _) = NoticeFigures.Show(row.Indicator);
        return row.Status == QuotaStatus.Over
            ? $"{name}已用完年度定额，请书面说明原因并提出整改措施。"
            : $"{name}如保持目前的进度，预计{NoticeFigures.Day(row.Exhausted!.Value)}前后用完年度定额，请采取措施。";
    }

    static void Grounds(HtmlPage page, NoticeContent content)
    {
        page.Add($"<p class=\"section\">依据</p>\n<ul>\n");
        foreach (var part in content.Denominators)
            page.Add($"<li>{part.What}{NoticeFigures.Number(part.Value, 0)} {part.Unit}")
                .Add($"（自{NoticeFigures.Day(part.Since)}起）</li>\n");
        foreach (var row in content.Rows)
        {
            var (name, _, _, _) = NoticeFigures.Show(row.Indicator);
            page.Add($"<li>{name}定额（第{row.QuotaVersion}版）：{row.Basis}</li>\n");
        }
        page.Add($"<li>计算口径：{content.Caliber}</li>\n</ul>\n");
    }

    static void Signature(HtmlPage page, NoticeContent content)
    {
        page.Add($"<p>用量达到年度定额的80%时提醒，达到100%时须说明原因并整改。对本通知有异议的，请在签收时写明。</p>\n");
        if (content.Contact.Length > 0) page.Add($"<p>联系方式：{content.Contact}</p>\n");
        page.Add($"<p class=\"sign\">{content.Issuer}<br>{NoticeFigures.Day(content.IssuedOn)}</p>\n");
    }

    static void Receipt(HtmlPage page, NoticeContent content)
    {
        page.Add($"<section class=\"receipt\">\n<p class=\"section\">回执</p>\n<table>\n<tbody>\n");
        page.Add($"<tr><th>文书名称</th><td>{content.Title}</td><th>文号</th><td>{content.Number}</td></tr>\n");
        page.Add($"<tr><th>受送达单位</th><td>{content.Institution}</td><th>签收时间</th><td></td></tr>\n");
        page.Add($"<tr><th>签收人（盖章）</th><td></td><th>异议</th><td>□无　□有：</td></tr>\n</tbody>\n</table>\n");
        page.Add($"<p>签收方式：登录能耗监测平台，查看本通知（<a href=\"{content.Url}\">{content.Url}</a>）后在平台上签收；")
            .Add($"或填写本回执，盖章后交回{content.Issuer}。</p>\n</section>\n");
        page.Add($"<p class=\"foot\">编号 {content.Id}</p>\n");
    }
}
