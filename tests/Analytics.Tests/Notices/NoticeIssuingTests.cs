using System.Text;
using EnergyWatch.Analytics.Notices;
using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Analytics.Tests.Quotas;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Notices;

public sealed class NoticeIssuingTests : IDisposable
{
    static readonly NamedPeriod October = Some.Calendar.Named(new DateOnly(2026, 10, 1), Grain.Month);

    readonly QuotaMemory _quotas = new();
    readonly NoticeMemory _outbox = new();
    readonly TestClock _clock = new(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));
    readonly LogProbe _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Every_institution_with_a_quota_and_an_address_gets_one_notice_with_a_delivery_per_address()
    {
        await QuotaAsync("ORG-1");
        await QuotaAsync("ORG-2");
        _quotas.WithMonths("ORG-1", 2026, Enumerable.Repeat((double?)1000, 10));

        var outcome = await Issuing().IssueAsync(October, CancellationToken.None);

        var notice = Assert.Single(outcome.Issued);
        Assert.Equal(["ORG-2"], outcome.Unreachable);
        Assert.Equal(("ORG-1", "2026-10", 1, "示能通〔2026〕10-ORG-1号"),
            (notice.Institution, notice.Period, notice.Version, notice.Number));
        Assert.Equal("关于ORG-1 学校2026年10月能耗定额执行情况的通知", notice.Title);
        Assert.Equal(NoticeDocument.Hash(notice.Body.Span), notice.Sha256);
        var deliveries = await _outbox.DeliveriesAsync(notice.Id, CancellationToken.None);
        Assert.Equal([NoticeChannel.Mail, NoticeChannel.Webhook],
            deliveries.Select(delivery => delivery.Channel).Order());
        Assert.All(deliveries, delivery => Assert.Equal((DeliveryState.Waiting, 0, _clock.Instant),
            (delivery.State, delivery.Attempts, delivery.NextAttempt)));
        Assert.Equal(3, deliveries.Select(delivery => delivery.Id).Append(notice.Id).Distinct().Count());
    }

    [Fact]
    public async Task Document_shows_the_figures_of_the_month_and_the_facts_of_its_last_day()
    {
        await QuotaAsync("ORG-1");
        _quotas.WithMonths("ORG-1", 2026, Enumerable.Repeat((double?)1000, 10));

        var notice = (await Issuing().IssueAsync(October, CancellationToken.None)).Issued[0];

        var page = Encoding.UTF8.GetString(notice.Body.Span);
        Assert.Contains(
            $"<td>综合能耗</td><td>tce</td>{Cells("12.00", "1.00", "10.00", "83.3%", "83.3%", "100.0%")}<td>已达80%，请控制</td>",
            page, StringComparison.Ordinal);
        Assert.Contains("建筑面积10,000 m²（自2024年1月1日起）", page, StringComparison.Ordinal);
        Assert.Contains("用能人数500 人（自2024年1月1日起）", page, StringComparison.Ordinal);
        Assert.Contains("法定统计口径（statutory@1）", page, StringComparison.Ordinal);
        Assert.Contains($"href=\"https://energy.example.gov/api/v1/quota-notices/{notice.Id}/document\"", page,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_usage_is_a_dash_and_no_verdict()
    {
        await QuotaAsync("ORG-1");

        var notice = (await Issuing().IssueAsync(October, CancellationToken.None)).Issued[0];

        Assert.Contains(
            $"{Cells("—", "—", "—", "83.3%", "0.0%")}<td>数据不足，暂不评价</td>", Encoding.UTF8.GetString(notice.Body.Span),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeated_run_issues_nothing_twice_and_a_reissue_is_a_version_that_names_the_one_before()
    {
        await QuotaAsync("ORG-1");
        var first = (await Issuing().IssueAsync(October, CancellationToken.None)).Issued[0];

        var again = await Issuing().IssueAsync(October, CancellationToken.None);
        Assert.Equal((0, 1), (again.Issued.Count, again.Known));
        Assert.Single(_outbox.Notices);

        var second = await Issuing().ReissueAsync(October, "ORG-1", CancellationToken.None);
        Assert.Equal((2, first.Id, "示能通〔2026〕10-ORG-1（2）号"), (second!.Version, second.Replaces, second.Number));
        Assert.Contains($"（替代{first.Number}）", Encoding.UTF8.GetString(second.Body.Span), StringComparison.Ordinal);
        Assert.Null(await Issuing().ReissueAsync(October, "ORG-2", CancellationToken.None));
    }

    [Theory]
    [InlineData("2026-11")]
    [InlineData("2026")]
    public async Task Nothing_is_issued_for_a_month_that_is_not_over(string period)
    {
        Assert.True(Some.Calendar.TryName(period, out var named));
        await Assert.ThrowsAsync<ArgumentException>(() => Issuing().IssueAsync(named, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(
            () => Issuing().ReissueAsync(named, "ORG-1", CancellationToken.None));
    }

    [Fact]
    public async Task First_signature_stands_and_is_audited()
    {
        await QuotaAsync("ORG-1");
        var notice = (await Issuing().IssueAsync(October, CancellationToken.None)).Issued[0];
        var receipts = new NoticeReceipts(_outbox, _quotas, _clock);

        Assert.Null(await receipts.SignAsync("no-such-notice", "张三", null, CancellationToken.None));
        var first = await receipts.SignAsync(notice.Id, " 张三 ", " 面积有误 ", CancellationToken.None);
        var second = await receipts.SignAsync(notice.Id, "李四", null, CancellationToken.None);

        Assert.Equal((true, "张三", "面积有误"), (first!.Signed, first.Standing.SignedBy, first.Standing.Objection));
        Assert.Equal((false, "张三"), (second!.Signed, second.Standing.SignedBy));
        Assert.Equal(("notice.sign", $"notice {notice.Number}", "objection: 面积有误"),
            (Assert.Single(_quotas.Audit).Action, _quotas.Audit[0].Subject, _quotas.Audit[0].After));
        await Assert.ThrowsAsync<ArgumentException>(
            () => receipts.SignAsync(notice.Id, " ", null, CancellationToken.None));
    }

    [Fact]
    public async Task Second_edition_never_gets_the_number_of_another_institution()
    {
        await QuotaAsync("ORG-1");
        await QuotaAsync("ORG-1-2");
        var first = await Issuing("ORG-1", "ORG-1-2").IssueAsync(October, CancellationToken.None);

        var second = await Issuing("ORG-1", "ORG-1-2").ReissueAsync(October, "ORG-1", CancellationToken.None);

        Assert.Equal(2, first.Issued.Count);
        Assert.DoesNotContain(second!.Number, first.Issued.Select(notice => notice.Number));
    }

    [Fact]
    public async Task Notice_waits_until_its_figures_are_computed_up_to_the_end_of_the_month()
    {
        await QuotaAsync("ORG-1");
        _quotas.With("ORG-1", "2026-10", 700, asOf: Some.At("2026-10-22T10:00:00+08:00"));

        var early = await Issuing().IssueAsync(October, CancellationToken.None);

        Assert.Equal((0, 0, "ORG-1"), (early.Issued.Count, early.Known, Assert.Single(early.Unready)));
        Assert.Null(await Issuing().ReissueAsync(October, "ORG-1", CancellationToken.None));
        _quotas.Values.Clear();
        _quotas.With("ORG-1", "2026-10", 1000, asOf: October.Period.To);
        Assert.Single((await Issuing().IssueAsync(October, CancellationToken.None)).Issued);
    }

    static string Cells(params string[] figures) =>
        string.Concat(figures.Select(figure => $"<td class=\"figure\">{figure}</td>"));

    NoticeIssuing Issuing(params string[] more)
    {
        var addresses = more.Select(code => new NoticeAddress(code, NoticeChannel.Portal, code, null));
        var registry = new FixedRegistry(new RegistrySnapshot(
            1, [Some.Institution(), Some.Institution("ORG-2"), Some.Institution("ORG-1-2")], [], [], [], [],
            [new("ORG-1", NoticeChannel.Mail, "office@school.example", null),
                new("ORG-1", NoticeChannel.Webhook, "https://school.example/hook", "s"), .. addresses]));
        var options = new NoticeOptions { BaseUrl = "https://energy.example.gov", NumberPrefix = "示能通" };
        var drafts = new NoticeDrafts(
            registry, new QuotaFollowing(_quotas, _quotas, Some.Calendar), _quotas, _quotas, Some.Calendar);
        return new NoticeIssuing(drafts, _outbox, options, _clock, _log.For<NoticeIssuing>());
    }

    async Task QuotaAsync(string institution) => await _quotas.SetAsync(
        [new Quota(institution, 2026, IndicatorKeys.EnergyTotal, 12_000, "kgce",
            MonthlyPace.From(2026, [.. Enumerable.Repeat((double?)1, 12)]),
            QuotaMemory.CaliberId, "以2025年用量12,000 kgce为基数。", 1, default, "test")], CancellationToken.None);
}
