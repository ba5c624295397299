using EnergyWatch.Analytics.Notices;
using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Analytics.Tests.Quotas;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Notices;

public sealed class NoticeMonthsTests
{
    readonly QuotaMemory _quotas = new();
    readonly NoticeMemory _outbox = new();

    [Fact]
    public async Task Months_the_service_was_down_over_are_due_from_the_last_one_issued()
    {
        await IssuedAsync("2026-09");
        await IssuedAsync("2026-10");

        Assert.Equal(["2026-10", "2026-11", "2026-12", "2027-01"], await DueAsync("2027-02-03T09:00:00+08:00"));
    }

    [Fact]
    public async Task Last_month_stays_due_all_the_month_and_the_running_one_is_not()
    {
        await IssuedAsync("2026-10");

        Assert.Equal(["2026-10"], await DueAsync("2026-11-30T23:59:00+08:00"));
        Assert.Equal(["2026-10", "2026-11"], await DueAsync("2026-12-01T00:00:00+08:00"));
    }

    [Fact]
    public async Task Where_none_was_issued_the_month_of_the_first_quota_begins()
    {
        await QuotaAsync(2026, "2026-11-20T10:00:00+08:00");
        await QuotaAsync(2027, "2027-01-01T00:30:00+08:00");

        Assert.Equal(["2026-10"], await DueAsync("2026-11-21T08:00:00+08:00"));
        Assert.Equal(["2026-11", "2026-12", "2027-01"], await DueAsync("2027-02-05T08:00:00+08:00"));
    }

    async Task<IEnumerable<string>> DueAsync(string now)
    {
        var clock = new TestClock(Some.At(now).ToDateTimeOffset());
        var months = await new NoticeMonths(_outbox, _quotas, Some.Calendar, clock).DueAsync(CancellationToken.None);
        return months.Select(month => month.Name);
    }

    async Task IssuedAsync(string period) => await _outbox.IssueAsync(
        new Notice(period, period, "ORG-1", period, 1, null, "通知", "<html>"u8.ToArray(), "hash", default), [],
        CancellationToken.None);

    async Task QuotaAsync(int year, string setAt) => await _quotas.SetAsync(
        [new Quota("ORG-1", year, IndicatorKeys.EnergyTotal, 12_000, "kgce", MonthlyPace.From(year, new double?[12]),
            QuotaMemory.CaliberId, "", 1, Some.At(setAt), "test")], CancellationToken.None);
}
