using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Push;
using EnergyWatch.Ingest.Tests.Pipeline;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Push;

public sealed class QuarantineReplayTests
{
    const string Body =
        "[{\"meter\":\"M-1\",\"ts\":1773730000000,\"values\":{\"power\":1}},"
        + "{\"meter\":\"M-9\",\"ts\":1773730000000,\"values\":{\"power\":9}}]";

    static readonly RegistrySnapshot Learned =
        Some.Registry(meters: [Some.Meter(1, "M-1"), Some.Meter(9, "M-9")], version: 2);

    static readonly RegistrySnapshot TwoSchools = Some.Registry(
        institutions: [Some.Institution("SCHOOL-A"), Some.Institution("SCHOOL-B")],
        meters: [
            Some.Meter(1, "M-1", institution: "SCHOOL-A"),
            Some.Meter(9, "M-9", institution: "SCHOOL-B", gateway: "GW-02")],
        gateways: [Some.Gateway("GW-01"), Some.Gateway("GW-02")], version: 2);

    [Theory]
    [InlineData("http:key:k@county", PayloadFormats.Json, Body)]
    [InlineData("http:gateway:GW-01", PayloadFormats.Json, Body)]
    [InlineData("mqtt:GW-01", PayloadFormats.Json, Body)]
    [InlineData("http:key:k@county", "application/x-ndjson",
        "{\"meter\":\"M-1\",\"values\":{\"power\":1}}\n{\"meter\":\"M-9\",\"values\":{\"power\":9}}\n")]
    public async Task A_payload_is_stored_when_the_registry_has_learned_its_meter_and_closed_once(
        string source, string format, string body)
    {
        await using var bench = await StartAsync();
        var replay = Replay(bench);
        var item = Item(source, format, body, bench);

        var before = await replay.ReplayAsync(item, "officer", CancellationToken.None);
        Assert.Equal((2, 1, RefusalCodes.UnknownMeter),
            (before.Received, before.Stored, Assert.Single(before.StillRefused).Code));
        Assert.Empty(bench.Quarantine.Closed);
        Assert.Empty(bench.Quarantine.Items);

        bench.Registry.Set(Learned);
        var after = await replay.ReplayAsync(item, "officer", CancellationToken.None);
        Assert.Equal((2, 2, 0), (after.Received, after.Stored, after.StillRefused.Count));
        Assert.Equal([(7L, QuarantineOutcome.Replayed, "officer")], bench.Quarantine.Closed);
        Assert.Equal(2, bench.Series.Store.Count);
        Assert.Empty(bench.Quarantine.Items);
        // What carries no time has that of its arrival, not that of its replay.
        var latest = Assert.Single(await bench.Series.Store.LatestAsync([new MeterId(9)], CancellationToken.None));
        Assert.Equal(format == PayloadFormats.Json ? new Instant(1773730000000) : item.At, latest.At);
    }

    [Theory]
    [InlineData("http:gateway:GW-01", RefusalCodes.NotThisGateway)]
    [InlineData("modbus:GW-01", RefusalCodes.NotThisGateway)]
    [InlineData("http:key:a-loader@SCHOOL-A", RefusalCodes.UnknownMeter)]
    [InlineData("http:li@education.cn@SCHOOL-A", RefusalCodes.UnknownMeter)]
    public async Task A_replay_reaches_no_meter_that_its_sender_could_not(string source, string code)
    {
        await using var bench = await StartAsync();
        bench.Registry.Set(TwoSchools);
        var result = await Replay(bench).ReplayAsync(
            Item(source, PayloadFormats.Json, Body, bench), "officer", CancellationToken.None);
        Assert.Equal((2, 1, code), (result.Received, result.Stored, Assert.Single(result.StillRefused).Code));
        Assert.Contains("M-9", result.StillRefused[0].Detail, StringComparison.Ordinal);
        Assert.Empty(await bench.Series.Store.LatestAsync([new MeterId(9)], CancellationToken.None));
        Assert.Empty(bench.Quarantine.Closed);
    }

    [Theory]
    [InlineData("http:GW-01"), InlineData("http:key-1"), InlineData("http:key:a-loader"), InlineData("http:")]
    [InlineData("http:gateway:GW-99"), InlineData("http:gateway:"), InlineData("http:gateway:GW-01@county")]
    [InlineData("http:key:a-loader@"), InlineData("http:@county"), InlineData("GW-01"), InlineData("")]
    public async Task Of_a_sender_that_cannot_be_told_nothing_is_stored(string source)
    {
        await using var bench = await StartAsync();
        bench.Registry.Set(TwoSchools);
        var result = await Replay(bench).ReplayAsync(
            Item(source, PayloadFormats.Json, Body, bench), "officer", CancellationToken.None);
        Assert.Equal((1, 0), (result.Received, result.Stored));
        Assert.Single(result.StillRefused);
        Assert.Equal(0, bench.Series.Store.Count);
        Assert.Empty(bench.Quarantine.Closed);
    }

    [Fact]
    public async Task A_gateway_has_no_other_rights_in_a_replay_than_it_had()
    {
        await using var bench = await StartAsync();
        bench.Registry.Set(Some.Registry(
            meters: [Some.Meter(1, "M-1"), Some.Meter(9, "M-9", gateway: "GW-02")],
            gateways: [Some.Gateway("GW-01"), Some.Gateway("GW-02")], version: 2));
        var result = await Replay(bench).ReplayAsync(
            Item("mqtt:GW-01", PayloadFormats.Json, Body, bench), "officer", CancellationToken.None);
        Assert.Equal(RefusalCodes.NotThisGateway, Assert.Single(result.StillRefused).Code);
        Assert.Empty(bench.Quarantine.Closed);
    }

    [Theory]
    [InlineData("{\"meter\":\"M-1\",\"ts\":900000000000,\"values\":{\"power\":1}}", RefusalCodes.TimeTooOld)]
    [InlineData("{\"meter\":\"M-1\",\"ts\":4000000000000,\"values\":{\"power\":1}}", RefusalCodes.TimeInFuture)]
    [InlineData("{\"meter\":\"M-1\",\"ts\":1773730000000,\"values\":{\"power\":1e300}}", RefusalCodes.NotANumber)]
    [InlineData("[{\"meter\":\"M-1\",", RefusalCodes.Malformed)]
    [InlineData("", RefusalCodes.Malformed)]
    public async Task What_is_still_refused_makes_no_second_item(string body, string code)
    {
        await using var bench = await StartAsync();
        var result = await Replay(bench).ReplayAsync(
            Item("http:key:k@county", PayloadFormats.Json, body, bench), "officer", CancellationToken.None);
        Assert.Equal((1, 0, code), (result.Received, result.Stored, Assert.Single(result.StillRefused).Code));
        Assert.Empty(bench.Quarantine.Items);
        Assert.Empty(bench.Quarantine.Closed);
        Assert.Equal(new PipelineCounters(0, 0, 0, 0, 0), bench.Pipeline.Counters);
    }

    [Fact]
    public async Task A_reading_of_a_file_keeps_where_it_came_from()
    {
        await using var bench = await StartAsync();
        // Before its meter's first day of facts; then the registry learns of an earlier one.
        var csv = "time,M-1\n2023-06-01T00:00:00Z,5\n"u8.ToArray();
        await ReadingCsvImport.RunAsync(
            new MemoryStream(csv), new CsvImportRequest("old.csv", Quantity.Power, null), bench.Pipeline,
            bench.Registry.Current, bench.Clock, null, CancellationToken.None);
        var item = Assert.Single(bench.Quarantine.Items);
        Assert.Equal(("csv:old.csv", RefusalCodes.UnknownMeter), (item.Source, item.Code));

        var meter = Some.Meter(1, "M-1");
        var facts = new Timeline<MeterFacts>([meter.Facts.Facts[0] with { ValidFrom = new DateOnly(2023, 1, 1) }]);
        bench.Registry.Set(Some.Registry(meters: [meter with { Facts = facts }], version: 2));
        var result = await Replay(bench).ReplayAsync(item, "officer", CancellationToken.None);
        Assert.Equal((1, 1, 0), (result.Received, result.Stored, result.StillRefused.Count));
        var reading = Assert.Single(await bench.Series.Store.LatestAsync([new MeterId(1)], CancellationToken.None));
        Assert.Equal((5.0, Provenance.Imported, Some.At("2023-06-01T00:00:00Z")),
            (reading.Value, reading.Provenance, reading.At));
        Assert.Equal([(item.Id, QuarantineOutcome.Replayed, "officer")], bench.Quarantine.Closed);
    }

    [Fact]
    public async Task While_storage_is_down_an_item_stays_open()
    {
        await using var bench = new PipelineBench(new PipelineOptions { RetryLimit = TimeSpan.Zero }, Learned);
        bench.Series.Fault = _ => new SeriesStoreException("the disk is full");
        await bench.StartAsync();
        await Assert.ThrowsAsync<NotStoredException>(
            () => Replay(bench).ReplayAsync(Item("http:key:k@county", PayloadFormats.Json, Body, bench), "officer",
                CancellationToken.None));
        Assert.Empty(bench.Quarantine.Closed);
    }

    static async Task<PipelineBench> StartAsync()
    {
        var bench = new PipelineBench(registry: Some.Registry(meters: [Some.Meter(1, "M-1")]));
        await bench.StartAsync();
        return bench;
    }

    static QuarantineReplay Replay(PipelineBench bench) => new ServiceCollection()
        .AddSingleton<TimeProvider>(bench.Clock)
        .AddSingleton<IRegistry>(bench.Registry)
        .AddSingleton<IReadingSink>(bench.Pipeline)
        .AddSingleton<IQuarantine>(bench.Quarantine)
        .AddSingleton(Some.Calendar)
        .AddSingleton(bench.Options)
        .AddPush()
        .BuildServiceProvider()
        .GetRequiredService<QuarantineReplay>();

    static QuarantineItem Item(string source, string format, string body, PipelineBench bench) =>
        new(7, bench.Clock.Instant - TimeSpan.FromHours(3), source, RefusalCodes.UnknownMeter,
            "there is no meter 'M-9'", format, Encoding.UTF8.GetBytes(body));
}
