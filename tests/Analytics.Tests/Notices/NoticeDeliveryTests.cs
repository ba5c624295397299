using EnergyWatch.Analytics.Notices;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Tests.Notices;

public sealed class NoticeDeliveryTests : IDisposable
{
    const string Secret = "top-secret";

    readonly NoticeMemory _outbox = new();
    readonly TestClock _clock = new();
    readonly LogProbe _log = new();
    readonly FakeSender _mail = new(NoticeChannel.Mail);
    readonly FakeSender _hook = new(NoticeChannel.Webhook);

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Delivery_that_fails_is_tried_again_when_it_is_due_and_every_attempt_is_recorded()
    {
        await IssueAsync(NoticeChannel.Mail);
        _mail.Fails = 2;

        Assert.Equal(new NoticeDeliveryOutcome(0, 1, 0), await RunAsync());
        Assert.Equal(new NoticeDeliveryOutcome(0, 0, 0), await RunAsync());
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(new NoticeDeliveryOutcome(0, 1, 0), await RunAsync());
        _clock.Advance(TimeSpan.FromSeconds(119));
        Assert.Equal(new NoticeDeliveryOutcome(0, 0, 0), await RunAsync());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new NoticeDeliveryOutcome(1, 0, 0), await RunAsync());

        var delivery = _outbox.Delivery("d-Mail");
        Assert.Equal((DeliveryState.Delivered, 3, _clock.Instant, null),
            (delivery.State, delivery.Attempts, delivery.DeliveredAt, delivery.LastError));
        Assert.Equal([false, false, true], _outbox.Attempts.Select(attempt => attempt.Delivered));
        Assert.Equal(new NoticeDeliveryOutcome(0, 0, 0), await RunAsync());
    }

    [Fact]
    public async Task Delivery_that_never_succeeds_is_given_up_after_three_days_and_says_so_loudly()
    {
        await IssueAsync(NoticeChannel.Mail);
        _mail.Fails = int.MaxValue;
        var begun = _clock.Instant;

        while (_outbox.Delivery("d-Mail").State == DeliveryState.Waiting)
        {
            await RunAsync();
            if (_outbox.Delivery("d-Mail").NextAttempt is { } next) _clock.Advance(next - _clock.Instant);
        }

        Assert.Equal((DeliveryState.GivenUp, 20), (_outbox.Delivery("d-Mail").State, _outbox.Attempts.Count));
        Assert.InRange(_clock.Instant - begun, TimeSpan.FromDays(2.75), TimeSpan.FromDays(3));
        Assert.Contains(_log.Lines, line =>
            line.Level == LogLevel.Error && line.Message.Contains("given up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_bad_receiver_never_stops_the_others()
    {
        await IssueAsync(NoticeChannel.Mail, NoticeChannel.Webhook);
        _mail.Throws = () => new InvalidOperationException("boom");

        Assert.Equal(new NoticeDeliveryOutcome(1, 1, 0), await RunAsync());
        Assert.Equal((DeliveryState.Delivered, "boom"),
            (_outbox.Delivery("d-Webhook").State, _outbox.Delivery("d-Mail").LastError));
    }

    [Fact]
    public async Task Hopeless_address_is_given_up_at_once()
    {
        await IssueAsync(NoticeChannel.Mail);
        _mail.Throws = () => new NotTakenException("the registered address is not a mail address", hopeless: true);

        Assert.Equal(new NoticeDeliveryOutcome(0, 0, 1), await RunAsync());
        Assert.Equal(1, _outbox.Delivery("d-Mail").Attempts);
    }

    [Fact]
    public async Task Address_that_is_no_longer_registered_gets_nothing()
    {
        await IssueAsync(NoticeChannel.Mail);

        Assert.Equal(new NoticeDeliveryOutcome(0, 0, 1),
            await RunAsync(new RegistrySnapshot(2, [Some.Institution()], [], [], [], [], [])));
        Assert.Empty(_mail.Sent);
        Assert.Contains("no longer registered", _outbox.Delivery("d-Mail").LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Channel_that_is_not_set_up_waits_for_weeks_without_using_up_its_attempts()
    {
        await IssueAsync(NoticeChannel.Mail);
        _mail.NotReady = "no SMTP server is configured";

        for (var hour = 0; hour < 24 * 14; hour++, _clock.Advance(DeliverySchedule.Unready)) await RunAsync();
        var waiting = _outbox.Delivery("d-Mail");
        Assert.Equal((DeliveryState.Waiting, 0, "no SMTP server is configured"),
            (waiting.State, waiting.Attempts, waiting.LastError));

        _mail.NotReady = null;
        Assert.Equal(new NoticeDeliveryOutcome(1, 0, 0), await RunAsync());
    }

    [Fact]
    public async Task Slow_receiver_does_not_hold_up_the_others()
    {
        await IssueAsync(NoticeChannel.Mail, NoticeChannel.Webhook);
        var hookDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _mail.During = stop => hookDone.Task.WaitAsync(TimeSpan.FromSeconds(30), stop);
        _hook.During = _ => { hookDone.SetResult(); return Task.CompletedTask; };

        Assert.Equal(new NoticeDeliveryOutcome(2, 0, 0), await RunAsync());
    }

    [Fact]
    public async Task Stopping_leaves_what_was_not_sent_as_it_was()
    {
        await IssueAsync(NoticeChannel.Mail);
        using var stop = new CancellationTokenSource();
        _mail.During = token => { stop.Cancel(); token.ThrowIfCancellationRequested(); return Task.CompletedTask; };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Delivery().RunAsync(stop.Token));
        Assert.Empty(_outbox.Attempts);
        Assert.Equal(DeliveryState.Waiting, _outbox.Delivery("d-Mail").State);

        _mail.During = null;
        _clock.Advance(INoticeOutbox.Lease);
        Assert.Equal(new NoticeDeliveryOutcome(1, 0, 0), await RunAsync());
    }

    [Fact]
    public async Task Two_processes_send_each_notice_once()
    {
        await IssueAsync(NoticeChannel.Mail, NoticeChannel.Webhook);
        NoticeDeliveryOutcome? other = null;
        _mail.During = async stop => other = await Delivery().RunAsync(stop);

        Assert.Equal(new NoticeDeliveryOutcome(2, 0, 0), await RunAsync());

        Assert.Equal(new NoticeDeliveryOutcome(0, 0, 0), other);
        Assert.Equal((1, 1), (_mail.Sent.Count, _hook.Sent.Count));
    }

    [Fact]
    public async Task Everything_that_is_due_is_sent_in_one_run_however_much_it_is()
    {
        var notice = new Notice("n-1", "1号", "ORG-1", "2026-10", 1, null, "通知", "<html>"u8.ToArray(), "hash",
            _clock.Instant);
        var many = Enumerable.Range(0, 250).Select(i => new Delivery(
            $"d-{i}", notice.Id, NoticeChannel.Mail, "address-of-Mail", DeliveryState.Waiting, 0, _clock.Instant,
            null, null));
        await _outbox.IssueAsync(notice, [.. many], CancellationToken.None);

        Assert.Equal(new NoticeDeliveryOutcome(250, 0, 0), await RunAsync());
    }

    [Fact]
    public async Task Secrets_reach_the_sender_and_no_log_line()
    {
        await IssueAsync(NoticeChannel.Webhook);
        _hook.Fails = 1;
        await RunAsync();
        _clock.Advance(TimeSpan.FromMinutes(1));
        await RunAsync();

        Assert.Equal(Secret, _hook.Sent.Single().Secret);
        Assert.DoesNotContain(Secret, $"{_hook.Sent.Single()}", StringComparison.Ordinal);
        Assert.NotEmpty(_log.Lines);
        Assert.All(_log.Lines, line =>
            Assert.DoesNotContain(Secret, line.Message + line.Exception, StringComparison.Ordinal));
        Assert.All(_log.Lines, line =>
            Assert.DoesNotContain("address-of", line.Message + line.Exception, StringComparison.Ordinal));
    }

    async Task IssueAsync(params NoticeChannel[] channels)
    {
        var notice = new Notice("n-1", "示能通〔2026〕10-ORG-1号", "ORG-1", "2026-10", 1, null, "通知", "<html>"u8.ToArray(),
            "hash", _clock.Instant);
        await _outbox.IssueAsync(notice, [.. channels.Select(channel => new Delivery(
            $"d-{channel}", notice.Id, channel, $"address-of-{channel}", DeliveryState.Waiting, 0, _clock.Instant,
            null, null))], CancellationToken.None);
    }

    Task<NoticeDeliveryOutcome> RunAsync(RegistrySnapshot? registry = null) =>
        Delivery(registry).RunAsync(CancellationToken.None);

    NoticeDelivery Delivery(RegistrySnapshot? registry = null)
    {
        var addresses = new[] { NoticeChannel.Mail, NoticeChannel.Webhook }
            .Select(channel => new NoticeAddress("ORG-1", channel, $"address-of-{channel}", Secret));
        var snapshot = registry ?? new RegistrySnapshot(1, [Some.Institution()], [], [], [], [], addresses);
        return new NoticeDelivery(
            _outbox, new FixedRegistry(snapshot), new NoticeChannels([_mail, _hook], new NoticeOptions()), _clock,
            _log.For<NoticeDelivery>());
    }

    sealed class FakeSender(NoticeChannel channel) : INoticeSender
    {
        readonly Lock _lock = new();

        public NoticeChannel Channel => channel;
        public string? NotReady { get; set; }
        public int Fails { get; set; }
        public Func<Exception>? Throws { get; set; }
        public Func<CancellationToken, Task>? During { get; set; }
        public List<Parcel> Sent { get; } = [];

        public async Task SendAsync(Parcel parcel, CancellationToken stop)
        {
            if (During is { } during) await during(stop);
            lock (_lock)
            {
                if (Throws is { } fault) throw fault();
                if (Fails-- > 0) throw new HttpRequestException("refused");
                Sent.Add(parcel);
            }
        }
    }
}
