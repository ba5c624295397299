using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Support;
using static EnergyWatch.Ingest.Tests.Mqtt.Sparkplug.EdgeNodeUnderTest;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>
/// What a host makes of the messages of an edge node: the statements of the specification, by their ids.
/// </summary>
public sealed class EdgeNodeTests : IDisposable
{
    readonly EdgeNodeUnderTest _edge = new();

    [Fact]
    public void Birth_says_what_an_alias_means_and_its_values_are_readings()
    {
        _edge.NodeBirth();
        _edge.DeviceBirth(1, metrics: [Energy(100)]);
        _edge.DeviceData(2, metrics: [ByAlias(101)]);
        Assert.Equal("1:energy_import=100 1:energy_import=101", _edge.Values);
        Assert.Equal(("", 0), (_edge.Codes, _edge.Rebirths));
    }

    [Fact]
    public void An_alias_counts_in_the_scope_of_its_device_only()
    {
        _edge.NodeBirth();
        _edge.DeviceBirth(1, metrics: [Energy(100, alias: 1)]);
        _edge.DeviceBirth(2, "D2", metrics: [SparkplugBytes.Metric("Power/Active", 7, _edge.Now, 3, unit: "kW")]);
        _edge.Stored.Clear();
        _edge.DeviceData(3, "D2", metrics: [ByAlias(9, alias: 1)]);
        _edge.DeviceData(4, "D2", metrics: [ByAlias(4, alias: 7)]);
        Assert.Equal("2:power=4", _edge.Values);
        Assert.Equal((RefusalCodes.NoBirth, 1), (_edge.Codes, _edge.Rebirths));
    }

    // message-flow: data without a birth; operational-behavior-data-commands-ncmd-rebirth
    [Fact]
    public void Data_before_any_birth_are_refused_with_the_reason_and_a_rebirth_is_asked_for()
    {
        _edge.DeviceData(57, metrics: [ByAlias(101)]);
        _edge.DeviceData(58, metrics: [Energy(102)]);
        Assert.Empty(_edge.Stored);
        Assert.Equal(("NO_BIRTH NO_BIRTH", 1), (_edge.Codes, _edge.Rebirths));
        Assert.Contains("has not been born since we listen", _edge.Refused[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_of_a_device_before_its_birth_are_refused_and_a_rebirth_is_asked_for()
    {
        _edge.NodeBirth();
        _edge.DeviceData(1, metrics: [ByAlias(101)]);
        Assert.Empty(_edge.Stored);
        Assert.Equal(("NO_BIRTH", 1), (_edge.Codes, _edge.Rebirths));
    }

    [Fact]
    public void Birth_of_a_device_whose_node_was_not_born_gives_its_values_but_no_alias()
    {
        _edge.DeviceBirth(5, metrics: [Energy(100)]);
        _edge.DeviceData(6, metrics: [ByAlias(101)]);
        Assert.Equal("1:energy_import=100", _edge.Values);
        Assert.Equal(("NO_BIRTH", 1), (_edge.Codes, _edge.Rebirths));
    }

    // operational-behavior-host-reordering-start, -success
    [Fact]
    public void Message_ahead_of_a_missing_one_waits_and_is_taken_in_its_turn()
    {
        _edge.Born();
        _edge.DeviceData(3, metrics: [ByAlias(103)]);
        Assert.Equal(("", 1), (_edge.Values, _edge.Held));
        _edge.Clock.Advance(TimeSpan.FromSeconds(1.9));
        _edge.DeviceData(2, metrics: [ByAlias(102)]);
        Assert.Equal("1:energy_import=103 1:energy_import=102", _edge.Values);
        _edge.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((0, 0, 0), (_edge.Rebirths, _edge.Held, _edge.HeldBytes));
    }

    [Fact]
    public void A_birth_that_was_overtaken_by_its_data_is_taken_first()
    {
        _edge.Born();
        _edge.DeviceData(3, "D2", metrics: [ByAlias(7, alias: 9)]);
        _edge.DeviceBirth(2, "D2", metrics: [Energy(6, alias: 9)]);
        Assert.Equal(("2:energy_import=7 2:energy_import=6", ""), (_edge.Values, _edge.Codes));
    }

    // operational-behavior-host-reordering-rebirth
    [Fact]
    public void When_the_reorder_timeout_elapses_a_rebirth_is_asked_for_and_aliases_count_no_more()
    {
        _edge.Born();
        _edge.DeviceData(3, metrics: [ByAlias(103)]);
        _edge.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(("", "NO_BIRTH", 1), (_edge.Values, _edge.Codes, _edge.Rebirths));
        _edge.DeviceData(4, metrics: [ByAlias(104)]);
        Assert.Equal("NO_BIRTH NO_BIRTH", _edge.Codes);
        _edge.NodeBirth(5);
        _edge.DeviceBirth(6, metrics: [Energy(105)]);
        _edge.DeviceData(7, metrics: [ByAlias(106)]);
        Assert.Equal("1:energy_import=105 1:energy_import=106", _edge.Values);
        Assert.Equal(0, _edge.HeldBytes);
    }

    // operational-behavior-host-reordering-param
    [Fact]
    public void The_reorder_timeout_is_a_setting()
    {
        using var edge = new EdgeNodeUnderTest(options: new SparkplugOptions { ReorderTimeout = TimeSpan.FromSeconds(10) }).Born();
        edge.DeviceData(3, metrics: [ByAlias(103)]);
        edge.Clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(0, edge.Rebirths);
        edge.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, edge.Rebirths);
    }

    [Fact]
    public void After_a_lost_message_a_metric_with_its_name_is_still_certain()
    {
        _edge.Born();
        _edge.DeviceData(3, metrics: [SparkplugBytes.Metric("Energy/Import", null, _edge.Now, 103)]);
        _edge.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(("1:energy_import=103", "", 1), (_edge.Values, _edge.Codes, _edge.Rebirths));
    }

    [Fact]
    public void A_device_that_is_born_behind_the_lost_message_is_certain_again_and_its_siblings_are_not()
    {
        _edge.Born();
        _edge.DeviceBirth(3, "D2", metrics: [Energy(6, alias: 9)]);
        _edge.DeviceData(4, "D2", metrics: [ByAlias(7, alias: 9)]);
        _edge.DeviceData(5, metrics: [ByAlias(103)]);
        _edge.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(("2:energy_import=6 2:energy_import=7", "NO_BIRTH"), (_edge.Values, _edge.Codes));
    }

    [Fact]
    public void Sequence_goes_from_255_to_0()
    {
        _edge.NodeBirth(seq: 254);
        _edge.DeviceBirth(255, metrics: [Energy(100)]);
        _edge.DeviceData(0, metrics: [ByAlias(101)]);
        _edge.DeviceData(1, metrics: [ByAlias(102)]);
        Assert.Equal(("1:energy_import=100 1:energy_import=101 1:energy_import=102", 0), (_edge.Values, _edge.Held));
    }

    [Fact]
    public void Duplicates_are_harmless()
    {
        _edge.Born();
        _edge.DeviceData(2, metrics: [ByAlias(102)]);
        _edge.DeviceData(2, metrics: [ByAlias(102)]);
        _edge.DeviceData(3, metrics: [ByAlias(103)]);
        _edge.DeviceData(2, metrics: [ByAlias(102)]);
        _edge.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("1:energy_import=102 1:energy_import=103", _edge.Values);
        Assert.Equal(("", 0), (_edge.Codes, _edge.Rebirths));
    }

    [Fact]
    public void The_same_birth_twice_forgets_nothing()
    {
        _edge.Born();
        _edge.NodeBirth();
        _edge.DeviceData(2, metrics: [ByAlias(102)]);
        Assert.Equal(("1:energy_import=102", "", 1), (_edge.Values, _edge.Codes, _edge.Births));
    }

    // operational-behavior-edge-node-termination-host-action-ndeath-node-offline, -devices-offline, -tags-stale
    [Fact]
    public void Death_of_the_node_makes_it_and_its_devices_stale_and_no_reading_of_zero()
    {
        _edge.Born();
        _edge.NodeDeath(0);
        Assert.Equal(["node", "D1"], _edge.Stale);
        Assert.Equal((false, "", ""), (_edge.IsAlive, _edge.Values, _edge.Codes));
        _edge.DeviceData(2, metrics: [ByAlias(102)]);
        Assert.Equal(("", "NO_BIRTH", 1), (_edge.Values, _edge.Codes, _edge.Rebirths));
    }

    // payloads-ndeath-bdseq: the will of an earlier session
    [Fact]
    public void Death_with_another_bdSeq_is_of_an_earlier_session_and_means_nothing()
    {
        _edge.NodeBirth(bdSeq: 7);
        _edge.DeviceBirth(1, metrics: [Energy(100)]);
        _edge.NodeDeath(6);
        _edge.DeviceData(2, metrics: [ByAlias(101)]);
        Assert.Equal((true, "1:energy_import=100 1:energy_import=101"), (_edge.IsAlive, _edge.Values));
        Assert.Empty(_edge.Stale);
    }

    // operational-behavior-edge-node-termination-host-action-ddeath-devices-offline, -devices-tags-stale
    [Fact]
    public void Death_of_a_device_makes_it_stale_until_it_is_born_again()
    {
        _edge.Born();
        _edge.DeviceDeath(2);
        Assert.Equal(["D1"], _edge.Stale);
        _edge.DeviceData(3, metrics: [ByAlias(102)]);
        Assert.Equal(("", "NO_BIRTH", 1), (_edge.Values, _edge.Codes, _edge.Rebirths));
        _edge.DeviceBirth(4, metrics: [Energy(103, alias: 5)]);
        _edge.DeviceData(5, metrics: [ByAlias(104, alias: 5)]);
        Assert.Equal("1:energy_import=103 1:energy_import=104", _edge.Values);
    }

    // "All metric data … MUST be updated to a STALE data quality if the Host Application loses connection"
    [Fact]
    public void When_the_way_is_lost_everything_is_stale_and_aliases_are_forgotten()
    {
        _edge.Born();
        _edge.Lose();
        _edge.DeviceData(2, metrics: [ByAlias(102)]);
        Assert.Equal(["node", "D1"], _edge.Stale);
        Assert.Equal(("", "NO_BIRTH", 1), (_edge.Values, _edge.Codes, _edge.Rebirths));
    }

    [Fact]
    public void A_new_birth_ends_what_was_before_and_data_of_before_it_are_refused()
    {
        _edge.Born();
        var before = _edge.Now;
        _edge.Clock.Advance(TimeSpan.FromSeconds(10));
        _edge.NodeBirth(bdSeq: 1);
        _edge.DeviceBirth(1, metrics: [SparkplugBytes.Metric("Power/Active", 1, _edge.Now, 3, unit: "kW")]);
        _edge.Stored.Clear();
        _edge.DeviceData(2, at: before, metrics: [ByAlias(102)]);
        Assert.Equal(("", "NO_BIRTH"), (_edge.Values, _edge.Codes));
    }

    [Fact]
    public void Births_in_the_wrong_order_leave_nothing_certain()
    {
        _edge.Born();
        _edge.NodeBirth(bdSeq: 1, at: _edge.Now - 1000);
        Assert.Equal((false, 1), (_edge.IsAlive, _edge.Rebirths));
        _edge.NodeBirth(bdSeq: 1, at: _edge.Now - 900);
        Assert.False(_edge.IsAlive);
    }

    [Fact]
    public void Edge_node_whose_clock_was_set_back_is_believed_when_it_is_born_again()
    {
        _edge.Born();
        var back = _edge.Now - 3_600_000;
        _edge.NodeBirth(bdSeq: 1, at: back);
        _edge.Clock.Advance(TimeSpan.FromSeconds(10));
        _edge.NodeBirth(bdSeq: 1, at: back + 10_000);
        _edge.DeviceBirth(1, at: back + 10_001, metrics: [Energy(100)]);
        _edge.DeviceData(2, at: back + 10_002, metrics: [ByAlias(101)]);
        Assert.Equal((true, "1:energy_import=100 1:energy_import=101"), (_edge.IsAlive, _edge.Values));
    }

    [Fact]
    public void Birth_that_came_too_late_leaves_nothing_certain()
    {
        _edge.Born();
        _edge.DeviceData(3, metrics: [SparkplugBytes.Metric("Energy/Import", null, _edge.Now, 103)]);
        _edge.Clock.Advance(TimeSpan.FromSeconds(20));
        _edge.NodeBirth(4);
        _edge.DeviceBirth(5, metrics: [Energy(104)]);
        _edge.DeviceBirth(3, metrics: [SparkplugBytes.Metric("Power/Active", 1, _edge.Now, 3, unit: "kW")]);
        _edge.Refused.Clear();
        _edge.DeviceData(6, metrics: [ByAlias(105)]);
        Assert.Equal(("NO_BIRTH", 2), (_edge.Codes, _edge.Rebirths));
    }

    [Fact]
    public void Rebirths_are_asked_for_with_growing_pauses()
    {
        for (var second = 0; second < 60; second++)
        {
            _edge.DeviceData(second, metrics: [ByAlias(1)]);
            _edge.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        // At 0, 10 and 30 seconds.
        Assert.Equal(3, _edge.Rebirths);
    }

    public void Dispose() => _edge.Dispose();
}
