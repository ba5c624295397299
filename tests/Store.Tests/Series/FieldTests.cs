using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Store.Tests.Series;

public sealed class FieldTests : IAsyncLifetime
{
    static readonly CancellationToken Stop = CancellationToken.None;

    OpenStore _store = null!;

    public async Task InitializeAsync() => _store = await OpenStore.InAsync();

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Quarantined_input_keeps_its_bytes_reason_and_source()
    {
        var quarantine = _store.Get<IQuarantine>();
        byte[] bytes = [0, 255, 10, 0];
        await quarantine.AddAsync(
            [Item("mqtt:GW-01") with { Payload = bytes }, Item("http:key") with { Payload = default }], Stop);
        var listed = await quarantine.ListAsync(10, null, Stop);
        Assert.Equal(["http:key", "mqtt:GW-01"], listed.Select(item => item.Source));
        var kept = await quarantine.FindAsync(listed[1].Id, Stop);
        Assert.Equal(bytes, kept!.Payload.ToArray());
        Assert.Equal(Item("mqtt:GW-01") with { Id = kept.Id, Payload = kept.Payload }, kept);
        Assert.Null(await quarantine.FindAsync(99, Stop));
    }

    [Fact]
    public async Task Quarantined_input_is_closed_once_and_no_longer_listed()
    {
        var quarantine = _store.Get<IQuarantine>();
        await quarantine.AddAsync([Item("a"), Item("b"), Item("c")], Stop);
        var listed = await quarantine.ListAsync(10, null, Stop);
        Assert.True(await quarantine.CloseAsync(listed[1].Id, QuarantineOutcome.Replayed, "officer", Stop));
        Assert.False(await quarantine.CloseAsync(listed[1].Id, QuarantineOutcome.Discarded, "officer", Stop));
        Assert.False(await quarantine.CloseAsync(99, QuarantineOutcome.Discarded, "officer", Stop));
        Assert.Equal(["c", "a"], (await quarantine.ListAsync(10, null, Stop)).Select(item => item.Source));
        Assert.Equal(["a"], (await quarantine.ListAsync(10, listed[0].Id, Stop)).Select(item => item.Source));
        Assert.NotNull(await quarantine.FindAsync(listed[1].Id, Stop));
        var summary = await quarantine.SummaryAsync(Stop);
        Assert.Equal((2, (Instant?)Item("a").At, "a,c"), (summary.Count, summary.Oldest, string.Join(',', summary.Sources)));
    }

    [Fact]
    public async Task Empty_quarantine_has_an_empty_summary()
    {
        var summary = await _store.Get<IQuarantine>().SummaryAsync(Stop);
        Assert.Equal(0, summary.Count);
        Assert.Null(summary.Oldest);
        Assert.Empty(summary.Sources);
    }

    [Fact]
    public async Task Field_states_are_merged_and_what_is_not_said_stays()
    {
        var states = _store.Get<IFieldStates>();
        Instant early = new(1000), late = new(2000);
        await states.SaveAsync(
            [new("GW-1", null, early, null, null), new("GW-1", "M-1", early, early, "no answer")], Stop);
        await states.SaveAsync([new("GW-1", "M-1", late, null, null), new("GW-1", null, null, late, "refused")], Stop);
        Assert.Equal(
            [new FieldState("GW-1", null, early, late, "refused"), new("GW-1", "M-1", late, early, "no answer")],
            await states.ListAsync(Stop));
    }

    static QuarantineItem Item(string source) =>
        new(0, Some.At("2026-03-17T06:00:00Z"), source, "MALFORMED", "第 3 行", "application/json", new byte[] { 1 });
}
