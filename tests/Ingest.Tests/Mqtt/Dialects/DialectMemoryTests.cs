using System.Globalization;
using System.Text;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>What is remembered of a gateway takes nobody else's room, and an old value never passes for one of now.</summary>
public sealed class DialectMemoryTests
{
    [Fact]
    public void A_gateway_that_marks_without_end_takes_no_neighbours_room()
    {
        var memory = new DialectMemory();
        for (var i = 0; i < 2 * DialectMemory.MostMarks; i++) memory.Mark("GW-01", i.ToString(CultureInfo.InvariantCulture));
        Assert.True(memory.Mark("GW-02", "Total P"));
        Assert.True(memory.IsMarked("GW-02", "Total P"));
        Assert.False(memory.IsMarked("GW-02", "Total Q"));
    }

    [Fact]
    public void Where_there_is_no_room_for_a_mark_all_of_that_gateway_count_as_marked()
    {
        var memory = new DialectMemory();
        for (var i = 0; i < DialectMemory.MostMarks; i++) Assert.True(memory.Mark("GW-01", i.ToString(CultureInfo.InvariantCulture)));
        Assert.False(memory.IsMarked("GW-01", "never said"));
        Assert.False(memory.Mark("GW-01", "one more"));
        Assert.True(memory.IsMarked("GW-01", "one more"));
        Assert.True(memory.IsMarked("GW-01", "never said"));
        memory.Clear("GW-01", "0");
        Assert.True(memory.HasMarks("GW-01"));
        Assert.True(memory.IsMarked("GW-01", "one more"));
    }

    [Fact]
    public void A_mark_that_is_taken_back_makes_room_again()
    {
        var memory = new DialectMemory();
        for (var i = 0; i < 2 * DialectMemory.MostMarks; i++)
        {
            Assert.True(memory.Mark("GW-01", "m" + i.ToString(CultureInfo.InvariantCulture)));
            memory.Clear("GW-01", "m" + i.ToString(CultureInfo.InvariantCulture));
        }
        Assert.False(memory.HasMarks("GW-01"));
    }

    [Fact]
    public void However_long_its_names_are_they_take_no_room_and_are_told_apart()
    {
        var (memory, name) = (new DialectMemory(), new string('x', 60_000));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 1_000; i++) memory.Mark("GW-01", name + i.ToString(CultureInfo.InvariantCulture));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 40_000_000);
        Assert.True(memory.IsMarked("GW-01", name + "999"));
        Assert.False(memory.IsMarked("GW-01", name + "1000"));
    }

    [Fact]
    public void Remarks_end_for_who_has_too_many_and_for_nobody_else()
    {
        var memory = new DialectMemory();
        for (var i = 1; i <= DialectMemory.MostRemarks; i++)
        {
            Assert.True(memory.IsNews("GW-01", i.ToString(CultureInfo.InvariantCulture), out var isLast));
            Assert.Equal(i == DialectMemory.MostRemarks, isLast);
        }
        Assert.False(memory.IsNews("GW-01", "one more", out _));
        Assert.True(memory.IsNews("GW-02", "its first", out var isItsLast));
        Assert.False(isItsLast);
    }

    [Fact]
    public void A_neighbour_that_marks_without_end_leaves_a_stale_value_unstored()
    {
        var text = ((FileDialect)DialectCatalog.Load([Repository.PathOf("seeds", "dialects")]).Find("wiren-board")!).Text;
        var dialect = new FileDialect(text);
        for (var i = 0; i <= DialectMemory.MostMarks; i++)
            Read(dialect, string.Create(CultureInfo.InvariantCulture, $"/devices/d{i}/controls/Total P/meta/error"), "r", "GW-01");
        Read(dialect, "/devices/wb-map3e_15/controls/Total P/meta/error", "r", "GW-02");
        Assert.Empty(Read(dialect, "/devices/wb-map3e_15/controls/Total P", "42.6", "GW-02").Payload.Batch.Readings);
        Assert.Single(Read(dialect, "/devices/wb-map3e_15/controls/Urms L1", "230", "GW-02").Payload.Batch.Readings);
        // Its own are not stored any more, whatever it says: which of them are old is not known.
        Assert.Empty(Read(dialect, "/devices/wb-map3e_15/controls/Urms L1", "230", "GW-01").Payload.Batch.Readings);
    }

    static DialectReading Read(FileDialect dialect, string topic, string payload, string gateway) => dialect.Read(
        new DialectMessage(Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload), Some.At("2026-03-17T06:45:00Z"), false),
        new ReadingContext(Registry, Some.Calendar, Some.At("2026-03-17T06:45:00Z"), $"mqtt:{gateway}", gateway));

    static readonly RegistrySnapshot Registry = Some.Registry(
        meters: [Some.Meter(1, "M-1", gateway: "GW-01", address: "wb-map3e_15"), Some.Meter(2, "M-2", gateway: "GW-02", address: "wb-map3e_15")],
        gateways: [Some.Gateway("GW-01", dialect: "wiren-board"), Some.Gateway("GW-02", dialect: "wiren-board")]);
}
