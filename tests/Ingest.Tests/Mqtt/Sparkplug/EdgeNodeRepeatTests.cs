using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Support;
using static EnergyWatch.Ingest.Tests.Mqtt.Sparkplug.EdgeNodeUnderTest;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>
/// What is certain of an edge node's messages when they come again, cannot be held back, or meet a defect of ours.
/// </summary>
public sealed class EdgeNodeRepeatTests : IDisposable
{
    readonly EdgeNodeUnderTest _edge = new();

    [Fact]
    public void Message_of_QoS_1_is_never_held_back()
    {
        _edge.Born();
        _edge.DeviceData(3, qos: 1, metrics: [ByAlias(103), SparkplugBytes.Metric("Energy/Import", null, _edge.Now, 104)]);
        Assert.Equal(("1:energy_import=104", "NO_BIRTH"), (_edge.Values, _edge.Codes));
        _edge.DeviceData(2, qos: 1, metrics: [ByAlias(102)]);
        _edge.DeviceData(4, qos: 1, metrics: [ByAlias(105)]);
        Assert.Equal("1:energy_import=104 1:energy_import=102 1:energy_import=105", _edge.Values);
        _edge.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((0, 0), (_edge.Rebirths, _edge.HeldBytes));
    }

    [Fact]
    public void Same_data_256_messages_later_are_in_their_turn_and_no_repetition()
    {
        _edge.NodeBirth();
        _edge.DeviceBirth(1, metrics: [Energy(100)]);
        var at = _edge.Now;
        for (var number = 2; number < 600; number++) _edge.DeviceData(number % 256, at: at, metrics: [ByAlias(101)]);
        Assert.Equal((599, "", 0, 0), (_edge.Stored.Count, _edge.Codes, _edge.Held, _edge.Rebirths));
    }

    // What was decoded may not have become durable, and then it has had no answer.
    [Fact]
    public void Message_of_QoS_1_that_comes_again_is_decoded_again_with_what_its_alias_meant()
    {
        _edge.Born();
        var before = _edge.Now;
        _edge.DeviceData(2, at: before, qos: 1, metrics: [ByAlias(102)]);
        _edge.DeviceBirth(3, metrics: [SparkplugBytes.Metric("Power/Active", 1, _edge.Now, 3, unit: "kW")]);
        _edge.DeviceData(4, qos: 1, metrics: [ByAlias(4)]);
        _edge.Stored.Clear();
        _edge.DeviceData(2, at: before, qos: 1, metrics: [ByAlias(102)]);
        _edge.DeviceData(4, qos: 1, metrics: [ByAlias(4)]);
        _edge.DeviceData(5, metrics: [ByAlias(5)]);
        Assert.Equal("1:energy_import=102 1:power=4 1:power=5", _edge.Values);
        Assert.Equal(("", 0, 0), (_edge.Codes, _edge.Rebirths, _edge.Held));
    }

    [Fact]
    public void Birth_of_QoS_1_that_comes_again_is_decoded_again_and_defines_nothing()
    {
        _edge.Born();
        for (var i = 0; i < 2; i++)
            _edge.Take(MessageKind.DeviceBirth, "D2", SparkplugBytes.Payload(_edge.Now, 2, Energy(6, alias: 9)), qos: 1);
        _edge.DeviceData(3, "D2", metrics: [ByAlias(7, alias: 9)]);
        Assert.Equal(("2:energy_import=6 2:energy_import=6 2:energy_import=7", ""), (_edge.Values, _edge.Codes));
    }

    [Fact]
    public void Message_of_QoS_1_that_comes_again_after_more_births_than_are_remembered_is_refused_and_not_lost()
    {
        _edge.Born();
        var before = _edge.Now;
        _edge.DeviceData(2, at: before, qos: 1, metrics: [ByAlias(102)]);
        var large = Enumerable.Range(0, EdgeSession.MostMetrics / 4)
            .Select(i => SparkplugBytes.Metric($"Register {i}", (ulong)i, _edge.Now, 1)).ToArray();
        for (var birth = 3; birth < 9; birth++) _edge.DeviceBirth(birth, metrics: large);
        _edge.Stored.Clear();
        _edge.DeviceData(2, at: before, qos: 1, metrics: [ByAlias(102)]);
        Assert.Equal(("", "NO_BIRTH"), (_edge.Values, _edge.Codes));
    }

    [Fact]
    public void The_same_birth_after_the_way_was_lost_is_one()
    {
        _edge.Born();
        _edge.Lose();
        _edge.Born();
        _edge.DeviceData(2, metrics: [ByAlias(102)]);
        Assert.Equal((true, "1:energy_import=102", ""), (_edge.IsAlive, _edge.Values, _edge.Codes));
    }

    [Fact]
    public void The_same_birth_without_a_time_is_one_when_its_node_is_dead()
    {
        var birth = SparkplugBytes.Payload(null, 0, SparkplugBytes.BdSeq(0));
        _edge.Take(MessageKind.NodeBirth, "", birth);
        _edge.NodeDeath(0);
        _edge.Take(MessageKind.NodeBirth, "", birth);
        Assert.True(_edge.IsAlive);
    }

    [Fact]
    public void Device_beyond_the_most_of_one_node_is_refused_and_those_before_it_are_not()
    {
        _edge.NodeBirth();
        for (var device = 1; device <= EdgeSession.MostDevices + 1; device++)
            _edge.DeviceBirth(device % 256, $"D{device}");
        Assert.Equal("MALFORMED", _edge.Codes);
        Assert.Contains($"{EdgeSession.MostDevices} devices", _edge.Refused[0].Detail, StringComparison.Ordinal);
        _edge.DeviceBirth((EdgeSession.MostDevices + 2) % 256, "D1", metrics: [Energy(5)]);
        Assert.Equal("1:energy_import=5", _edge.Values);
    }

    [Fact]
    public void Defect_of_ours_costs_one_message_which_is_kept_and_no_other()
    {
        _edge.Take(MessageKind.NodeBirth, "", SparkplugBytes.Payload(_edge.Now, 0));
        _edge.Defect = new InvalidOperationException("a defect");
        _edge.DeviceBirth(1, metrics: [Energy(100)]);
        Assert.Equal(("MALFORMED", 1), (_edge.Codes, _edge.Defects.Count));
        Assert.Contains("a defect", _edge.Refused[0].Detail, StringComparison.Ordinal);
        Assert.False(_edge.Batches[^1].Payload.IsEmpty);
        _edge.Defect = null;
        _edge.DeviceBirth(2, metrics: [Energy(101)]);
        Assert.Equal(("1:energy_import=101", true), (_edge.Values, _edge.IsAlive));
    }

    // On the thread of a timer, where nobody else would catch it.
    [Fact]
    public void Defect_that_a_message_meets_when_it_is_let_go_costs_no_other()
    {
        _edge.Take(MessageKind.NodeBirth, "", SparkplugBytes.Payload(_edge.Now, 0));
        _edge.DeviceBirth(2, metrics: [Energy(100)]);
        _edge.DeviceBirth(3, "D2", metrics: [Energy(200)]);
        _edge.Defect = new InvalidOperationException("a defect");
        _edge.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(("MALFORMED MALFORMED", 2, 0, 0), (_edge.Codes, _edge.Defects.Count, _edge.Held, _edge.HeldBytes));
        _edge.Defect = null;
        _edge.DeviceBirth(4, metrics: [Energy(101)]);
        Assert.Equal("1:energy_import=101", _edge.Values);
    }

    [Fact]
    public void Without_room_nothing_is_held_back_and_nothing_guessed()
    {
        _edge.Born();
        _edge.HasRoom = false;
        _edge.DeviceData(3, metrics: [ByAlias(103)]);
        Assert.Equal(("", "NO_BIRTH"), (_edge.Values, _edge.Codes));
        _edge.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((1, 0), (_edge.Rebirths, _edge.HeldBytes));
    }

    [Fact]
    public void What_is_held_back_when_its_node_dies_is_refused_and_not_forgotten()
    {
        _edge.Born();
        _edge.DeviceData(3, metrics: [ByAlias(103)]);
        _edge.NodeDeath(0);
        Assert.Equal(("", "NO_BIRTH", 0), (_edge.Values, _edge.Codes, _edge.HeldBytes));
    }

    public void Dispose() => _edge.Dispose();
}
