using EnergyWatch.Ingest.Mqtt.Door;

namespace EnergyWatch.Ingest.Tests.Mqtt.Door;

public sealed class StretchingTurnsTests
{
    readonly StretchingTurns _turns = new(1);
    readonly List<string> _called = [];

    [Fact]
    public async Task Gateways_come_before_made_up_names_and_in_their_order()
    {
        var first = await _turns.EnterAsync("GW-00", Eventually.Soon());
        Task[] others = [CallAsync(null, "?1"), CallAsync("GW-01", "1"), CallAsync(null, "?2"), CallAsync("GW-02", "2")];
        first!.Dispose();
        await Task.WhenAll(others);
        Assert.Equal(["1", "2", "?1", "?2"], _called);
    }

    [Fact]
    public async Task Made_up_names_wait_in_a_short_line_and_keep_no_gateway_out_of_it()
    {
        var first = await _turns.EnterAsync("GW-00", Eventually.Soon());
        var strangers = Enumerable.Range(0, 64).Select(i => CallAsync(null, $"?{i}")).ToList();
        Assert.Null(await _turns.EnterAsync(null, Eventually.Soon()));
        var gateways = Enumerable.Range(0, 2_000).Select(i => CallAsync($"GW-{i}", $"{i}")).ToList();
        Assert.Equal(2_064, _turns.Waiting);
        first!.Dispose();
        await Task.WhenAll([.. gateways, .. strangers]);
        Assert.Equal(Enumerable.Range(0, 2_000).Select(i => $"{i}"), _called.Take(2_000));
        Assert.Equal(0, _turns.Waiting);
    }

    [Fact]
    public async Task One_gateways_name_can_be_made_to_wait_by_so_many_only()
    {
        var first = await _turns.EnterAsync("GW-00", Eventually.Soon());
        var waiting = Enumerable.Range(0, 64).Select(i => CallAsync("GW-01", $"{i}")).ToList();
        Assert.Null(await _turns.EnterAsync("GW-01", Eventually.Soon()));
        var other = CallAsync("GW-02", "other");
        first!.Dispose();
        await Task.WhenAll([.. waiting, other]);
        Assert.NotNull(await _turns.EnterAsync("GW-01", Eventually.Soon()));
    }

    [Fact]
    public async Task Whoever_gives_up_leaves_its_place_in_the_line()
    {
        var first = await _turns.EnterAsync("GW-00", Eventually.Soon());
        using var given = new CancellationTokenSource();
        var impatient = _turns.EnterAsync("GW-01", given.Token).AsTask();
        var patient = CallAsync("GW-02", "2");
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        Assert.Equal(1, _turns.Waiting);
        first!.Dispose();
        first.Dispose();
        await patient;
        using var next = await _turns.EnterAsync("GW-03", Eventually.Soon());
        Assert.NotNull(next);
        var behind = CallAsync("GW-04", "4");
        Assert.Equal(["2"], _called);
        next.Dispose();
        await behind;
    }

    async Task CallAsync(string? name, string mark)
    {
        using var turn = await _turns.EnterAsync(name, Eventually.Soon());
        _called.Add(mark);
    }
}
