using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>How the field is now, looked at when somebody asks; exported on <c>/metrics</c>. An endpoint that is gone is not told of.</summary>
sealed class PollGauges : IDisposable
{
    readonly Metrics.Meter _meter = new("EnergyWatch.Ingest");

    public PollGauges(Func<IReadOnlyList<EndpointLoop>> loops, Func<int> held)
    {
        _meter.CreateObservableGauge(
            "energywatch_modbus_endpoint_up", () => loops().Where(loop => loop.IsUp is not null).Select(loop => Of(loop, loop.IsUp == true ? 1 : 0)),
            null, "Whether the endpoint could be reached when it was last tried.");
        _meter.CreateObservableGauge(
            "energywatch_modbus_silent_meters", () => loops().Select(loop => Of(loop, loop.SilentMeters)),
            null, "Meters that did not answer when they were last asked, by endpoint.");
        _meter.CreateObservableGauge(
            "energywatch_modbus_held_readings", () => held(), null, "Polled readings that storage did not take yet.");
    }

    public void Dispose() => _meter.Dispose();

    static Metrics.Measurement<int> Of(EndpointLoop loop, int value) =>
        new(value, new KeyValuePair<string, object?>("endpoint", loop.Target.Endpoint.ToString()));
}
