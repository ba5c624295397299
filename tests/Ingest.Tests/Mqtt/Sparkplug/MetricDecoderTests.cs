using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;
using static EnergyWatch.Ingest.Tests.Mqtt.Sparkplug.EdgeNodeUnderTest;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>What becomes of a metric: which meter, quantity, unit, time; and what is none.</summary>
public sealed class MetricDecoderTests : IDisposable
{
    readonly EdgeNodeUnderTest _edge = new EdgeNodeUnderTest().Born();

    [Fact]
    public void Historical_value_is_stored_at_its_own_time()
    {
        _edge.DeviceData(2, metrics: [ByAlias(90, at: Start - 3_600_000).Historical()]);
        Assert.Equal((90, Start - 3_600_000), (_edge.Stored.Single().Value, _edge.Stored.Single().At.UnixMilliseconds));
    }

    [Fact]
    public void Historical_value_without_a_time_of_its_own_is_refused()
    {
        _edge.DeviceData(2, metrics: [SparkplugBytes.Metric(null, 1, null, 90, null).Historical()]);
        Assert.Equal(("", RefusalCodes.BadTime), (_edge.Values, _edge.Codes));
    }

    [Fact]
    public void Transient_null_and_bad_values_are_no_readings_and_no_refusals()
    {
        _edge.DeviceData(2, metrics:
        [
            ByAlias(1).Transient(), SparkplugBytes.Metric(null, 1, null, null, null).Null(), ByAlias(2).Null(),
            ByAlias(3).Quality(0), ByAlias(4).Quality(500), ByAlias(5).Quality(192),
        ]);
        Assert.Equal(("1:energy_import=5", ""), (_edge.Values, _edge.Codes));
    }

    [Fact]
    public void Time_is_that_of_the_metric_else_of_the_payload_else_of_its_arrival()
    {
        _edge.DeviceData(2, metrics: [ByAlias(1, at: Start - 1000)]);
        _edge.DeviceData(3, at: Start + 500, metrics: [SparkplugBytes.Metric(null, 1, null, 2, null)]);
        _edge.Take(MessageKind.DeviceData, "D1", SparkplugBytes.Payload(null, 4, SparkplugBytes.Metric(null, 1, null, 3, null)));
        Assert.Equal(
            [(Start - 1000, Doubt.None), (Start + 500, Doubt.None), (Start, Doubt.ArrivalTime)],
            _edge.Stored.Select(reading => (reading.At.UnixMilliseconds, reading.Doubt)));
    }

    [Theory]
    [InlineData(1773730320UL, "epoch seconds")]
    [InlineData(ulong.MaxValue, "micro")]
    public void Time_that_is_none_is_refused(ulong at, string reason)
    {
        _edge.DeviceData(2, metrics: [ByAlias(1, at: at)]);
        Assert.Equal(("", RefusalCodes.BadTime), (_edge.Values, _edge.Codes));
        Assert.Contains(reason, _edge.Refused[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Unit_of_the_birth_is_converted_once_and_holds_for_the_data()
    {
        _edge.DeviceBirth(2, "D2", metrics: [SparkplugBytes.Metric("Energy/Import", 9, _edge.Now, 5000, unit: "Wh")]);
        _edge.DeviceData(3, "D2", metrics: [ByAlias(6000, alias: 9)]);
        Assert.Equal("2:energy_import=5 2:energy_import=6", _edge.Values);
    }

    [Fact]
    public void Unknown_unit_is_refused_and_says_what_is_allowed()
    {
        _edge.DeviceBirth(2, "D2", metrics: [SparkplugBytes.Metric("Energy/Import", 9, _edge.Now, 5000, unit: "BTU")]);
        Assert.Equal(("", RefusalCodes.UnknownQuantity), (_edge.Values, _edge.Codes));
        Assert.Contains("'BTU' is none of kWh, Wh", _edge.Refused[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_data_type_than_the_birth_said_is_refused()
    {
        _edge.DeviceData(2, metrics: [SparkplugBytes.Metric(null, 1, _edge.Now, 5, type: 9)]);
        Assert.Equal(("", RefusalCodes.NotANumber), (_edge.Values, _edge.Codes));
    }

    [Fact]
    public void Name_and_alias_of_different_metrics_are_refused()
    {
        _edge.DeviceData(2, metrics: [SparkplugBytes.Metric("Energy/Import", 2, _edge.Now, 5)]);
        Assert.Equal(("", RefusalCodes.NoBirth), (_edge.Values, _edge.Codes));
    }

    [Fact]
    public void Alias_that_a_birth_gives_to_two_metrics_is_of_no_use_to_either()
    {
        _edge.DeviceBirth(2, "D2", metrics:
            [Energy(5, alias: 9), SparkplugBytes.Metric("Power/Active", 9, _edge.Now, 1, unit: "kW")]);
        _edge.Stored.Clear();
        _edge.DeviceData(3, "D2", metrics: [ByAlias(6, alias: 9)]);
        Assert.Equal(("", RefusalCodes.UnknownQuantity), (_edge.Values, _edge.Codes));
    }

    [Fact]
    public void Metrics_that_are_no_quantity_are_passed_over()
    {
        _edge.DeviceBirth(2, "D2", metrics: [SparkplugBytes.Metric("Firmware", 20, _edge.Now, 1), Energy(5, alias: 9)]);
        _edge.DeviceData(3, "D2", metrics: [ByAlias(2, alias: 20), SparkplugBytes.Metric("Something else", null, _edge.Now, 1)]);
        Assert.Equal(("2:energy_import=5", "", 0), (_edge.Values, _edge.Codes, _edge.Rebirths));
    }

    [Fact]
    public void Value_of_a_device_without_a_meter_is_refused_so_that_it_can_be_replayed_when_the_meter_is_there()
    {
        _edge.DeviceBirth(2, "D9", metrics: [SparkplugBytes.Metric("Energy/Import", 9, (ulong)Start, 5000, unit: "Wh")]);
        var batch = _edge.Batches[^1];
        Assert.Equal(RefusalCodes.UnknownMeter, Assert.Single(batch.Refusals).Code);
        Assert.Equal(PayloadFormats.Json, batch.Format);
        Assert.Equal(
            $$$"""[{"meter":"D9","ts":{{{Start}}},"values":{"energy_import":5}}]""", Encoding.UTF8.GetString(batch.Payload.Span));
        var context = new ReadingContext(
            Some.Registry(meters: [Some.Meter(9, "M-0009", address: "D9")]), Some.Calendar, batch.ArrivedAt, batch.Source, "GW-01");
        var replayed = PayloadReader.Read(batch.Payload, batch.Format, context).Batch;
        Assert.Equal((9, 5), (replayed.Readings[0].Series.Meter.Value, replayed.Readings[0].Value));
    }

    [Theory]
    [InlineData("E")]
    [InlineData(null)]
    public void Metric_of_the_node_belongs_to_the_meter_of_that_address_or_the_only_one_without(string? address)
    {
        using var edge = new EdgeNodeUnderTest(Some.Registry(meters: [Some.Meter(1, address: address)]));
        edge.NodeBirth(metrics: Energy(7));
        Assert.Equal("1:energy_import=7", edge.Values);
    }

    [Fact]
    public void Metric_of_the_node_is_not_taken_for_that_of_its_only_device()
    {
        using var edge = new EdgeNodeUnderTest(Some.Registry(meters: [Some.Meter(1, address: "D1")]));
        edge.NodeBirth(metrics: Energy(7));
        Assert.Equal(("", RefusalCodes.UnknownMeter), (edge.Values, edge.Codes));
    }

    [Theory]
    [InlineData("Energy/Import", false)]
    [InlineData("Power", false)]
    [InlineData("D1/Power", false)]
    [InlineData("power", true)]
    [InlineData("energy_import", true)]
    [InlineData("D1/energy_import", true)]
    [InlineData("Power Factor", true)]
    public void Unit_that_nobody_says_is_not_guessed_but_where_the_metric_has_our_own_name(string metric, bool isTaken)
    {
        _edge.DeviceBirth(2, metrics: [SparkplugBytes.Metric(metric, 9, _edge.Now, 0.5)]);
        Assert.Equal((isTaken ? 1 : 0, isTaken ? "" : RefusalCodes.UnknownQuantity), (_edge.Stored.Count, _edge.Codes));
        if (!isTaken) Assert.Contains("it says no unit", _edge.Refused[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Metric_of_the_node_belongs_to_none_of_two_meters()
    {
        using var edge = new EdgeNodeUnderTest();
        edge.NodeBirth(metrics: Energy(7));
        Assert.Equal(("", RefusalCodes.UnknownMeter), (edge.Values, edge.Codes));
    }

    [Fact]
    public void A_level_of_the_name_may_name_the_meter()
    {
        using var edge = new EdgeNodeUnderTest();
        edge.NodeBirth(metrics:
        [
            SparkplugBytes.Metric("D2/Energy/Import", 1, edge.Now, 7, unit: "kWh"),
            SparkplugBytes.Metric("D1/energy/IMPORT", 2, edge.Now, 8, unit: "kWh"),
        ]);
        Assert.Equal("2:energy_import=7 1:energy_import=8", edge.Values);
    }

    [Fact]
    public void Payload_that_cannot_be_read_is_kept_as_it_came_with_the_reason()
    {
        _edge.Take(MessageKind.DeviceData, "D1", [1, 2, 3]);
        var batch = _edge.Batches[^1];
        Assert.Equal((RefusalCodes.Malformed, 3), (Assert.Single(batch.Refusals).Code, batch.Payload.Length));
    }

    public void Dispose() => _edge.Dispose();
}
