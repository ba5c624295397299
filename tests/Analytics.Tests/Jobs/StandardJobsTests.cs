using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Analytics.Jobs;
using EnergyWatch.Analytics.Notices;
using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Analytics.Usage;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Store.Sqlite;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Tests.Jobs;

/// <summary>The whole way on the real store: readings in, jobs run by hand, a notice delivered and signed.</summary>
public sealed class StandardJobsTests : IAsyncLifetime, IDisposable
{
    readonly TempFolder _folder = new();
    readonly LogProbe _log = new();
    readonly TestClock _clock = new(new DateTimeOffset(2026, 11, 1, 0, 30, 0, TimeSpan.Zero));
    IHost _host = null!;

    public async Task InitializeAsync()
    {
        var store = new StoreOptions(_folder.Path);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<ILoggerFactory>(_log).AddSingleton<TimeProvider>(_clock)
            .AddSingleton(Some.Calendar)
            .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddSqliteStore(store).AddUsage()
            .AddDualControl(new CaliberOptions { Folder = Repository.PathOf("seeds", "calibers") })
            .AddQuotaNotices(new NoticeOptions())
            .AddStandardJobs();
        var scheduler = new JobStoreOptions(SqliteNative.Factory, SqliteNative.ConnectionString(store.SchedulerFile));
        builder.Services.AddSingleton(new JobOptions { Store = scheduler });
        builder.Services.AddSingleton<JobPlan>();
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Year_of_readings_becomes_a_quota_a_notice_and_a_receipt()
    {
        await RegisterAsync();
        await ReadAsync(Some.At("2025-10-01T00:00:00+08:00"), _clock.Instant);

        Assert.Contains("0 meters failed", await RunAsync("usage"), StringComparison.Ordinal);
        Assert.StartsWith("2026: 2 set, ", await RunAsync("quotas"), StringComparison.Ordinal);
        Assert.Equal("2026-10: 1 issued, 0 issued before, 0 without an address", await RunAsync("quota-notices"));
        Assert.Equal("1 delivered, 1 waiting, 0 given up", await RunAsync("delivery"));
        Assert.Equal("2026-10: 0 issued, 1 issued before, 0 without an address", await RunAsync("quota-notices"));
        Assert.Contains("indicators of", await RunAsync("daily-close"), StringComparison.Ordinal);
        Assert.Contains("indicators of", await RunAsync("monthly-indicators"), StringComparison.Ordinal);

        // 10 kWh an hour, from November to October: 365 days of 240 kWh.
        var quotas = await Get<IQuotaStore>().InForceAsync(2026, CancellationToken.None);
        var electricity = quotas.Single(quota => quota.Indicator == IndicatorKeys.ElectricityTotal);
        Assert.Equal((365 * 240, "kWh", "job:quotas"), (electricity.Amount, electricity.Unit, electricity.SetBy));
        Assert.Equal(31.0 / 365, electricity.Pace[0], 1e-4);

        var progress = (await Get<QuotaFollowing>()
            .ThroughMonthAsync(Some.Calendar.Named(new DateOnly(2026, 10, 1), Grain.Month), CancellationToken.None))
            .Single(one => one.Quota.Indicator == IndicatorKeys.ElectricityTotal);
        Assert.Equal((304 * 240.0, QuotaStatus.Near), (progress.Used.Amount!.Value, progress.Status));
        Assert.Equal(304.0 / 365, progress.PaceShare, 1e-4);

        var outbox = Get<INoticeOutbox>();
        var notice = Assert.Single(await outbox.ListAsync(["ORG-1"], "2026-10", CancellationToken.None));
        var kept = (await outbox.FindAsync(notice.Id, CancellationToken.None))!;
        Assert.Equal(kept.Sha256, NoticeDocument.Hash(kept.Body.Span));
        var deliveries = await outbox.DeliveriesAsync(notice.Id, CancellationToken.None);
        var mail = deliveries.Single(delivery => delivery.Channel == NoticeChannel.Mail);
        Assert.Equal((DeliveryState.Waiting, 0), (mail.State, mail.Attempts));
        Assert.Contains("no SMTP server is configured", mail.LastError, StringComparison.Ordinal);
        Assert.Equal(DeliveryState.Delivered,
            deliveries.Single(delivery => delivery.Channel == NoticeChannel.Portal).State);
        Assert.True((await Get<NoticeReceipts>().SignAsync(notice.Id, "张三", null, CancellationToken.None))!.Signed);
        Assert.False((await Get<NoticeReceipts>().SignAsync(notice.Id, "李四", null, CancellationToken.None))!.Signed);
        _log.AssertNoErrors();
    }

    [Fact]
    public async Task Months_missed_while_the_service_was_down_get_their_notices_once_their_figures_are_there()
    {
        await RegisterAsync();
        await ReadAsync(Some.At("2025-10-01T00:00:00+08:00"), _clock.Instant);
        await RunAsync("usage");
        await RunAsync("quotas");
        await RunAsync("quota-notices");
        _clock.Advance(Some.At("2027-01-05T08:30:00+08:00") - _clock.Instant);
        await ReadAsync(Some.At("2026-11-01T00:00:00+08:00"), _clock.Instant);

        var early = await RunAsync("quota-notices");
        await RunAsync("usage");
        var caughtUp = await RunAsync("quota-notices");

        Assert.Equal(
            "2026-10: 0 issued, 1 issued before, 0 without an address; "
            + "2026-11: 0 issued, 0 issued before, 0 without an address; 1 wait for their figures of 2026-11", early);
        Assert.Equal(
            "2026-10: 0 issued, 1 issued before, 0 without an address; "
            + "2026-11: 1 issued, 0 issued before, 0 without an address; "
            + "2026-12: 1 issued, 0 issued before, 0 without an address", caughtUp);
    }

    [Fact]
    public void Every_job_has_a_schedule_and_a_name_of_its_own()
    {
        var jobs = Get<JobPlan>().All;
        Assert.Equal(
            ["daily-close", "delivery", "monthly-indicators", "quota-notices", "quotas", "usage"],
            jobs.Select(job => job.Name).Order(StringComparer.Ordinal));
        Assert.Equal("0 20 0 * * ?", Get<JobPlan>().Find("daily-close")!.Cron);
        Assert.Equal("0 0 8 * * ?", Get<JobPlan>().Find("quota-notices")!.Cron);
    }

    T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    Task<string> RunAsync(string job) => Get<JobPlan>().Find(job)!.Body(_host.Services, CancellationToken.None);

    async Task RegisterAsync()
    {
        var place = new RowPlace("test", 1);
        var rows = new RegistryRows
        {
            Institutions = [new(place, "ORG-1", Some.Day, null, new InstitutionFacts("示范县第一中学", "021", "教育", null))],
            Areas = [new(place, "ORG-1", Some.Day, new FloorArea(10_000, null), "产权证")],
            HeadCounts = [new(place, "ORG-1", Some.Day, "staff", 100, "年报")],
            Gateways = [new(place, "GW-01", "采集器", GatewayKind.Mqtt, null, null, null, Some.Day)],
            Meters =
            [
                new(place, "M-0001", Carrier.Electricity, Some.Day, null,
                    Some.Meter().Shown(Some.Day) with { IntervalS = 3600 }),
            ],
            Addresses =
            [
                new(place, new NoticeAddress("ORG-1", NoticeChannel.Portal, "ORG-1", null)),
                new(place, new NoticeAddress("ORG-1", NoticeChannel.Mail, "office@school.example", null)),
            ],
        };
        await Get<IRegistryEditor>().ApplyAsync(rows, "test", CancellationToken.None);
    }

    async Task ReadAsync(Instant from, Instant to)
    {
        var meter = Get<IRegistry>().Current.Meter("M-0001")!;
        var hours = (int)((to - from) / TimeSpan.FromHours(1));
        var readings = Enumerable.Range(0, hours + 1).Select(hour => new Reading(
            new SeriesKey(meter.Id, Quantity.EnergyImport), from + TimeSpan.FromHours(hour), hour * 10.0)).ToArray();
        var days = readings.Select(reading => new MeterDay(meter.Id, Some.Calendar.DayOf(reading.At))).Distinct()
            .ToList();
        await Get<IWorkLedger>().MarkAsync(days, CancellationToken.None);
        await Get<ISeriesWriter>().WriteAsync(readings, CancellationToken.None);
    }
}
