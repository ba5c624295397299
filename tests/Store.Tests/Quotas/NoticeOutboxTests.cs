using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Tests.Quotas;

public sealed class NoticeOutboxTests : IAsyncLifetime
{
    static readonly CancellationToken Stop = CancellationToken.None;
    static readonly Instant Now = new(1_000_000);

    OpenStore _store = null!;
    INoticeOutbox _outbox = null!;

    public async Task InitializeAsync()
    {
        _store = await OpenStore.InAsync();
        _outbox = _store.Get<INoticeOutbox>();
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task An_issued_notice_keeps_its_bytes()
    {
        Assert.True(await _outbox.IssueAsync(Notice("n1"), [Delivery("d1", "n1")], Stop));
        var kept = (await _outbox.FindAsync("n1", Stop))!;
        Assert.Equal("<html>通知</html>"u8.ToArray(), kept.Body.ToArray());
        Assert.Equal(Notice("n1") with { Body = kept.Body }, kept);
        Assert.Equal([Delivery("d1", "n1")], await _outbox.DeliveriesAsync("n1", Stop));
        Assert.Null(await _outbox.FindAsync("none", Stop));
    }

    [Fact]
    public async Task A_repeated_run_issues_nothing_and_sends_nothing_twice()
    {
        await _outbox.IssueAsync(Notice("n1"), [Delivery("d1", "n1")], Stop);
        Assert.False(await _outbox.IssueAsync(Notice("n2") with { Number = "2" }, [Delivery("d2", "n2")], Stop));
        Assert.Equal(["d1"], (await _outbox.DueAsync(Now, 10, Stop)).Select(delivery => delivery.Id));
        Assert.Null(await _outbox.FindAsync("n2", Stop));
        Assert.True(await _outbox.IssueAsync(
            Notice("n3") with { Number = "3", Version = 2, Replaces = "n1" }, [], Stop));
    }

    [Fact]
    public async Task Two_processes_that_issue_at_once_issue_once()
    {
        await using var other = await OpenStore.InAsync(_store.Options.DataFolder);
        var issued = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            (i % 2 == 0 ? _outbox : other.Get<INoticeOutbox>())
            .IssueAsync(Notice($"n{i}") with { Number = $"{i}" }, [Delivery($"d{i}", $"n{i}")], Stop).AsTask()));
        Assert.Single(issued, done => done);
        Assert.Single(await _outbox.DueAsync(Now, 10, Stop));
    }

    [Fact]
    public async Task What_cannot_be_issued_whole_is_not_issued_at_all()
    {
        await _outbox.IssueAsync(Notice("n1"), [Delivery("d1", "n1")], Stop);
        var next = Notice("n2") with { Number = "2", Version = 2 };
        await Assert.ThrowsAsync<SqliteException>(
            async () => await _outbox.IssueAsync(next, [Delivery("d2", "n2"), Delivery("d1", "n2")], Stop));
        Assert.Null(await _outbox.FindAsync("n2", Stop));
        Assert.Empty(await _outbox.DeliveriesAsync("n2", Stop));
    }

    [Fact]
    public async Task Deliveries_come_when_they_are_due_the_oldest_first()
    {
        await _outbox.IssueAsync(
            Notice("n1"),
            [
                Delivery("late", "n1") with { NextAttempt = Now },
                Delivery("early", "n1") with { NextAttempt = new Instant(5) },
                Delivery("future", "n1") with { NextAttempt = Now + TimeSpan.FromMilliseconds(1) },
                Delivery("done", "n1") with { State = DeliveryState.Delivered },
            ],
            Stop);
        Assert.Equal(["early"], (await _outbox.DueAsync(Now, 1, Stop)).Select(delivery => delivery.Id));
        var later = Now + INoticeOutbox.Lease;
        Assert.Equal(
            ["late", "future", "early"], (await _outbox.DueAsync(later, 10, Stop)).Select(delivery => delivery.Id));
    }

    [Fact]
    public async Task Delivery_that_was_given_out_is_given_to_nobody_else_until_its_lease_is_over()
    {
        await using var other = await OpenStore.InAsync(_store.Options.DataFolder);
        var outboxes = new[] { _outbox, other.Get<INoticeOutbox>() };
        await _outbox.IssueAsync(
            Notice("n1"), [.. Enumerable.Range(0, 40).Select(i => Delivery($"d{i:00}", "n1"))], Stop);

        var given = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => outboxes[i % 2].DueAsync(Now, 10, Stop).AsTask()));

        Assert.Equal(40, given.Sum(due => due.Count));
        Assert.Equal(40, given.SelectMany(due => due).DistinctBy(delivery => delivery.Id).Count());
        Assert.Empty(await _outbox.DueAsync(Now + INoticeOutbox.Lease - TimeSpan.FromMilliseconds(1), 50, Stop));
        Assert.Equal(40, (await _outbox.DueAsync(Now + INoticeOutbox.Lease, 50, Stop)).Count);
    }

    [Fact]
    public async Task The_latest_month_issued_is_known()
    {
        Assert.Null(await _outbox.LatestPeriodAsync(Stop));
        await _outbox.IssueAsync(Notice("n1"), [], Stop);
        await _outbox.IssueAsync(Notice("n2") with { Number = "2", Period = "2026-09" }, [], Stop);
        Assert.Equal("2026-10", await _outbox.LatestPeriodAsync(Stop));
    }

    [Fact]
    public async Task Attempts_are_counted_until_one_succeeds_and_then_it_is_over()
    {
        await _outbox.IssueAsync(Notice("n1"), [Delivery("d1", "n1")], Stop);
        var later = Now + TimeSpan.FromMinutes(1);
        await _outbox.RecordAsync(
            new DeliveryAttempt("d1", Now, false, "not set up", Now, Counted: false), DeliveryState.Waiting, Stop);
        await _outbox.RecordAsync(
            new DeliveryAttempt("d1", Now, false, "connection refused", later), DeliveryState.Waiting, Stop);
        Assert.Equal(
            Delivery("d1", "n1") with { Attempts = 1, NextAttempt = later, LastError = "connection refused" },
            await OneAsync());
        Assert.Empty(await _outbox.DueAsync(Now, 10, Stop));

        await _outbox.RecordAsync(new DeliveryAttempt("d1", later, true, null, null), DeliveryState.Delivered, Stop);
        var delivered = Delivery("d1", "n1") with
        {
            Attempts = 2, NextAttempt = null, State = DeliveryState.Delivered, DeliveredAt = later,
        };
        Assert.Equal(delivered, await OneAsync());

        // A slower attempt beside the one that succeeded is kept, but the notice stays delivered.
        await _outbox.RecordAsync(
            new DeliveryAttempt("d1", later, false, "timed out", later), DeliveryState.Waiting, Stop);
        Assert.Equal(delivered with { Attempts = 3 }, await OneAsync());
        Assert.Empty(await _outbox.DueAsync(later, 10, Stop));
    }

    [Fact]
    public async Task A_delivery_given_up_is_not_due_again()
    {
        await _outbox.IssueAsync(Notice("n1"), [Delivery("d1", "n1")], Stop);
        await _outbox.RecordAsync(new DeliveryAttempt("d1", Now, false, "gone", Now), DeliveryState.GivenUp, Stop);
        Assert.Empty(await _outbox.DueAsync(Now, 10, Stop));
        Assert.Equal((DeliveryState.GivenUp, null), ((await OneAsync()).State, (await OneAsync()).NextAttempt));
    }

    [Fact]
    public async Task Notices_are_listed_newest_first_without_their_bodies_for_the_asked_institutions_only()
    {
        await _outbox.IssueAsync(Notice("n1"), [], Stop);
        await _outbox.IssueAsync(
            Notice("n2") with { Number = "2", Period = "2026-11", IssuedAt = Now + TimeSpan.FromDays(30) }, [], Stop);
        await _outbox.IssueAsync(Notice("n3") with { Number = "3", Institution = "ORG-2" }, [], Stop);
        var all = await _outbox.ListAsync(["ORG-1"], null, Stop);
        Assert.Equal(["n2", "n1"], all.Select(notice => notice.Id));
        Assert.All(all, notice => Assert.True(notice.Body.IsEmpty));
        Assert.Equal(["n1"], (await _outbox.ListAsync(["ORG-1"], "2026-10", Stop)).Select(notice => notice.Id));
    }

    [Fact]
    public async Task The_first_signature_stands()
    {
        await _outbox.IssueAsync(Notice("n1"), [], Stop);
        Assert.Null(await _outbox.ReceiptAsync("n1", Stop));
        var receipt = new NoticeReceipt("n1", "王老师", Now, "面积有误");
        Assert.True(await _outbox.SignAsync(receipt, Stop));
        Assert.False(await _outbox.SignAsync(receipt with { SignedBy = "other" }, Stop));
        Assert.Equal(receipt, await _outbox.ReceiptAsync("n1", Stop));
        await Assert.ThrowsAsync<SqliteException>(
            async () => await _outbox.SignAsync(receipt with { NoticeId = "none" }, Stop));
    }

    async Task<Delivery> OneAsync() => Assert.Single(await _outbox.DeliveriesAsync("n1", Stop));

    static Notice Notice(string id) => new(
        id, "能定〔2026〕1号", "ORG-1", "2026-10", 1, null, "用能定额通知", "<html>通知</html>"u8.ToArray(), "abc", Now);

    static Delivery Delivery(string id, string notice) =>
        new(id, notice, NoticeChannel.Mail, "a@b.example", DeliveryState.Waiting, 0, Now, null, null);
}
