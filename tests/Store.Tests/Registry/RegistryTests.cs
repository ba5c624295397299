using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Store.Sqlite.Registry;
using EnergyWatch.Support;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Store.Tests.Registry;

public sealed class RegistryTests : IAsyncLifetime
{
    static readonly CancellationToken Stop = CancellationToken.None;
    static readonly DateOnly Later = new(2026, 1, 1);

    readonly TestClock _clock = new();
    OpenStore _store = null!;
    IRegistry _registry = null!;
    IRegistryEditor _editor = null!;

    public async Task InitializeAsync()
    {
        _store = await OpenStore.InAsync(clock: _clock);
        _registry = _store.Get<IRegistry>();
        _editor = _store.Get<IRegistryEditor>();
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task An_import_is_the_registry_at_once_and_after_a_restart()
    {
        Assert.Equal(0, _registry.Current.Version);
        var applied = await ApplyAsync(Rows.County);
        Assert.Same(applied, _registry.Current);
        await using var restarted = await OpenStore.InAsync(_store.Options.DataFolder);
        foreach (var snapshot in new[] { applied, restarted.Get<IRegistry>().Current })
        {
            Assert.Equal(1, snapshot.Version);
            Assert.Equal(["EDU", "S-1", "S-2"], snapshot.Institutions.Select(institution => institution.Code));
            var school = snapshot.Institution("S-1")!;
            Assert.Equal(new InstitutionFacts("第一小学", "021", "教育", "EDU"), school.Shown(Later));
            Assert.Equal(
                new Dated<FloorArea>(Rows.Day, new FloorArea(12_000, null), Source: "房产证"), school.Areas.At(Later));
            Assert.Equal(
                [80, 900], school.HeadCounts.OrderBy(heads => heads.Key).Select(heads => heads.Value.At(Later)!.Value));
            Assert.Equal(Rows.County.Meters[0].Facts, snapshot.Meter("M-1")!.Shown(Later));
            Assert.Equal(Rows.County.Replacements[0].Replacement, Assert.Single(snapshot.Meter("M-1")!.Replacements));
            Assert.Equal(Carrier.Water, snapshot.Meter("M-3")!.Carrier);
            Assert.Equal(
                new Gateway("GW-1", "GW-1", GatewayKind.Mqtt, null, "GW-1", "hash", Rows.Day, "tasmota"),
                snapshot.Gateway("GW-1"));
            Assert.Equal(Rows.County.Targets[0].Target, Assert.Single(snapshot.Targets));
            Assert.Equal(Rows.County.PvSites[0].Site, snapshot.PvSite("PV-1"));
            Assert.Equal(Rows.County.Addresses[0].Address, Assert.Single(snapshot.Addresses));
        }
    }

    [Fact]
    public async Task The_same_files_again_change_nothing()
    {
        var first = await ApplyAsync(Rows.County);
        var entries = (await _store.Get<IAuditLog>().ListAsync(1000, null, Stop)).Count;
        Assert.Equal(first.Version, (await ApplyAsync(Rows.County)).Version);
        Assert.Equal(entries, (await _store.Get<IAuditLog>().ListAsync(1000, null, Stop)).Count);
    }

    [Fact]
    public async Task Many_edits_at_once_are_each_one_version()
    {
        await ApplyAsync(Rows.County);
        await Task.WhenAll(
            Enumerable.Range(0, 20)
                .Select(i => ApplyAsync(new() { Areas = [Rows.Area("S-2", 1, 100 + i, from: Later.AddDays(i))] })));
        Assert.Equal(21, _registry.Current.Version);
        Assert.Equal(20, _registry.Current.Institution("S-2")!.Areas.Facts.Count);
    }

    [Fact]
    public async Task A_later_fact_takes_over_from_its_day_and_the_earlier_one_stays()
    {
        await ApplyAsync(Rows.County);
        var snapshot = await ApplyAsync(new() { Meters = [Rows.Meter("M-1", 1, "S-2", from: Later)] });
        var meter = snapshot.Meter("M-1")!;
        Assert.Equal("S-1", meter.Facts.At(Later.AddDays(-1))!.Value.Institution);
        Assert.Equal("S-2", meter.Facts.At(Later)!.Value.Institution);
        Assert.Equal(2, snapshot.Version);
    }

    [Fact]
    public async Task A_fact_of_the_same_day_with_another_content_replaces_it_and_the_file_keeps_both()
    {
        await ApplyAsync(Rows.County);
        var snapshot = await ApplyAsync(new() { Areas = [Rows.Area("S-1", 1, 13_000)] });
        Assert.Equal(13_000, Assert.Single(snapshot.Institution("S-1")!.Areas.Facts).Value.FloorM2);
        var kept = await _store.Get<Sqlite.SqliteFiles>().Records.ReadAsync(
            connection =>
                Sqlite.Columns.List(
                    connection, "SELECT floor_m2 FROM floor_area_fact ORDER BY version", row => row.GetDouble(0)),
                        Stop);
        Assert.Equal([12_000, 13_000], kept);
    }

    [Fact]
    public async Task A_number_is_given_to_a_meter_once_and_never_to_another()
    {
        var first = await ApplyAsync(Rows.County);
        await Assert.ThrowsAsync<RegistryRefusedException>(
            () => ApplyAsync(new() { Meters = [Rows.Meter("M-5", 1), Rows.Meter("M-6", 2, "NONE")] }));
        var second = await ApplyAsync(
            new() { Meters = [Rows.Meter("M-0", 1), Rows.Meter("M-1", 2, "S-2", from: Later)] });
        foreach (var meter in first.Meters) Assert.Equal(meter.Id, second.Meter(meter.Code)!.Id);
        Assert.Equal(second.Meters.Count, second.Meters.Select(meter => meter.Id).Distinct().Count());
    }

    [Fact]
    public async Task One_fault_and_nothing_of_the_import_is_kept()
    {
        var refused = await Assert.ThrowsAsync<RegistryRefusedException>(
            () => ApplyAsync(Rows.County with { Areas = [Rows.Area("NONE", 7, 1)] }));
        Assert.Equal("areas.csv:7 institution: there is no institution NONE", Assert.Single(refused.Faults).ToString());
        Assert.Equal(0, _registry.Current.Version);
        Assert.Empty(_registry.Current.Institutions);
        Assert.Empty(await _store.Get<IAuditLog>().ListAsync(10, null, Stop));
    }

    [Fact]
    public async Task Every_changed_fact_is_in_the_audit_from_what_to_what_without_its_secrets()
    {
        await ApplyAsync(Rows.County);
        await ApplyAsync(
            new()
            {
                Gateways = [Rows.Gateway("GW-1", 1, secret: "other-hash")],
                Addresses = [Rows.Address(1, NoticeChannel.Webhook, "https://s-1.example/hook", "hmac-key")],
            });
        var entries = await _store.Get<IAuditLog>().ListAsync(2, null, Stop);
        Assert.Equal(["address S-1 Webhook", "gateway GW-1 from 2024-01-01"], entries.Select(entry => entry.Subject));
        Assert.All(entries, entry =>
            Assert.Equal(("officer", "registry.set", _clock.Instant), (entry.Actor, entry.Action, entry.At)));
        Assert.Null(entries[0].Before);
        Assert.NotEqual(entries[1].Before, entries[1].After);
        Assert.Contains("\"kind\":\"mqtt\"", entries[1].After, StringComparison.Ordinal);
        Assert.All(entries, entry => Assert.DoesNotContain("hmac-key", entry.After, StringComparison.Ordinal));
        Assert.All(entries, entry => Assert.DoesNotContain("other-hash", entry.After, StringComparison.Ordinal));
        var all = await _store.Get<IAuditLog>().ListAsync(1000, null, Stop);
        Assert.Contains(
            all, entry =>
                entry.Subject == "institution S-1 from 2024-01-01"
                    && entry.After!.Contains("第一小学", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_empty_address_ends_the_channel_and_the_portal_needs_none()
    {
        await ApplyAsync(Rows.County);
        var snapshot = await ApplyAsync(
            new() { Addresses = [Rows.Address(1, NoticeChannel.Mail, ""), Rows.Address(2, NoticeChannel.Portal, "")] });
        Assert.Equal([NoticeChannel.Portal], snapshot.Addresses.Select(address => address.Channel));
    }

    [Fact]
    public async Task Whoever_waits_for_a_newer_registry_gets_it_when_it_changes()
    {
        await ApplyAsync(Rows.County);
        Assert.Equal(1, (await _registry.NewerThanAsync(0, Stop)).Version);
        var waiting = _registry.NewerThanAsync(1, Stop);
        Assert.False(waiting.IsCompleted);
        await ApplyAsync(new() { Areas = [Rows.Area("S-2", 1, 5)] });
        Assert.Equal(2, (await waiting.WaitAsync(TimeSpan.FromSeconds(10))).Version);
        using var giveUp = new CancellationTokenSource();
        var cancelled = _registry.NewerThanAsync(2, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
    }

    [Fact]
    public async Task Two_processes_see_each_others_changes_within_a_poll()
    {
        await ApplyAsync(Rows.County);
        var clock = new TestClock();
        await using var other = await OpenStore.InAsync(_store.Options.DataFolder, clock);
        var registry = other.Get<IRegistry>();
        var watch = other.Get<IEnumerable<IHostedService>>().OfType<RegistryWatch>().Single();
        await watch.StartAsync(Stop);

        var seen = registry.NewerThanAsync(1, Stop);
        await ApplyAsync(new() { Institutions = [Rows.Institution("S-3", 1)] });
        Assert.Null(registry.Current.Institution("S-3"));
        await PollUntilAsync(clock, () => seen.IsCompleted);
        Assert.NotNull((await seen).Institution("S-3"));

        // An edit is judged on what is in the file, even before the poll has shown it.
        await other.Get<IRegistryEditor>()
            .ApplyAsync(new() { Institutions = [Rows.Institution("S-4", 1)] }, "cli", Stop);
        var third = await ApplyAsync(new() { Institutions = [Rows.Institution("S-5", 1, parent: "S-4")] });
        Assert.Equal(4, third.Version);
        Assert.NotNull(third.Institution("S-4"));
        await watch.StopAsync(Stop);
    }

    [Fact]
    public async Task A_registry_that_cannot_be_looked_at_stays_as_it_was_and_is_looked_at_again()
    {
        await ApplyAsync(Rows.County);
        var watch = _store.Get<IEnumerable<IHostedService>>().OfType<RegistryWatch>().Single();
        await watch.StartAsync(Stop);
        await RenameAsync("registry_version", "away");
        await PollUntilAsync(_clock, () => _store.Logged.Lines.Any(line => line.Level == LogLevel.Warning));
        Assert.Equal(1, _registry.Current.Version);
        await RenameAsync("away", "registry_version");
        await using var other = await OpenStore.InAsync(_store.Options.DataFolder);
        await other.Get<IRegistryEditor>()
            .ApplyAsync(new() { Institutions = [Rows.Institution("S-3", 1)] }, "cli", Stop);
        await PollUntilAsync(_clock, () => _registry.Current.Version == 2);
        await watch.StopAsync(Stop);
    }

    /// <summary>
    /// Moves the clock on, poll by poll, until it is so; the limit is there for the test that would never end.
    /// </summary>
    static async Task PollUntilAsync(TestClock clock, Func<bool> reached)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!reached())
        {
            limit.Token.ThrowIfCancellationRequested();
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    Task<int> RenameAsync(string from, string to) => _store.Get<Sqlite.SqliteFiles>().Records.WriteAsync(
        connection => Dapper.SqlMapper.Execute(connection, $"ALTER TABLE {from} RENAME TO {to}"), Stop);

    Task<RegistrySnapshot> ApplyAsync(RegistryRows rows) => _editor.ApplyAsync(rows, "officer", Stop);
}
