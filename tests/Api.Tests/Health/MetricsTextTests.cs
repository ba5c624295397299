using System.Diagnostics.Metrics;
using EnergyWatch.Api.Health;

namespace EnergyWatch.Api.Tests.Health;

public sealed class MetricsTextTests
{
    [Fact]
    public void Counters_gauges_and_histograms_are_written_as_prometheus_reads_them()
    {
        using var text = new MetricsText();
        using var meter = new Meter("EnergyWatch.Test");
        var counter = meter.CreateCounter<long>("energywatch_test_total", null, "How many.");
        counter.Add(2, new KeyValuePair<string, object?>("gateway", "GW \"1\"\\"));
        counter.Add(3, new KeyValuePair<string, object?>("gateway", "GW \"1\"\\"));
        meter.CreateObservableGauge("energywatch_test_depth", () => 7.5);
        var histogram = meter.CreateHistogram<double>("energywatch_test_seconds");
        histogram.Record(0.003);
        histogram.Record(60);

        var lines = text.Write().Split('\n');
        Assert.Contains("# HELP energywatch_test_total How many.", lines);
        Assert.Contains("# TYPE energywatch_test_total counter", lines);
        Assert.Contains(@"energywatch_test_total{gateway=""GW \""1\""\\""} 5", lines);
        Assert.Contains("energywatch_test_depth 7.5", lines);
        Assert.Contains("energywatch_test_seconds_bucket{le=\"0.0025\"} 0", lines);
        Assert.Contains("energywatch_test_seconds_bucket{le=\"0.005\"} 1", lines);
        Assert.Contains("energywatch_test_seconds_bucket{le=\"+Inf\"} 2", lines);
        Assert.Contains("energywatch_test_seconds_count 2", lines);
    }

    [Fact]
    public void Observable_counters_show_their_value_not_the_sum_of_readings()
    {
        using var text = new MetricsText();
        using var meter = new Meter("EnergyWatch.TestObservable");
        meter.CreateObservableCounter("energywatch_test_observed_total", () => 4L);
        text.Write();
        Assert.Contains("energywatch_test_observed_total 4", text.Write().Split('\n'));
    }

    [Fact]
    public void What_an_observer_no_longer_tells_of_is_gone()
    {
        using var text = new MetricsText();
        using var meter = new Meter("EnergyWatch.TestGone");
        var endpoints = new List<string> { "a:502", "b:502" };
        meter.CreateObservableGauge("energywatch_test_up", () =>
            endpoints.Select(endpoint => new Measurement<int>(1, new KeyValuePair<string, object?>("endpoint", endpoint))));
        Assert.Contains("energywatch_test_up{endpoint=\"b:502\"} 1", text.Write().Split('\n'));
        endpoints.Remove("b:502");
        var lines = text.Write().Split('\n');
        Assert.Contains("energywatch_test_up{endpoint=\"a:502\"} 1", lines);
        Assert.DoesNotContain(lines, line => line.Contains("b:502", StringComparison.Ordinal));
    }

    [Fact]
    public void Instruments_of_others_are_left_out()
    {
        using var text = new MetricsText();
        using var meter = new Meter("Somebody.Else");
        meter.CreateCounter<long>("somebody_total").Add(1);
        Assert.DoesNotContain("somebody", text.Write(), StringComparison.Ordinal);
    }
}
