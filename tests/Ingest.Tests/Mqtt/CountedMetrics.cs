using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using EnergyWatch.Ingest.Mqtt;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>
/// What the instruments of one <see cref="MqttMetrics"/> counted since it was made; other tests' instruments are not
/// heard.
/// </summary>
sealed class CountedMetrics : IDisposable
{
    readonly MeterListener _listener = new();
    readonly ConcurrentDictionary<string, long> _sums = new();
    readonly ConcurrentDictionary<string, long> _observed = new();

    public CountedMetrics(MqttMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, metrics.Messages.Meter)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Take(instrument, value));
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Take(instrument, value));
        _listener.Start();
    }

    public long this[string name] => _sums.GetValueOrDefault(name);

    public long Observe(string name)
    {
        _listener.RecordObservableInstruments();
        return _observed[name];
    }

    public void Dispose() => _listener.Dispose();

    void Take(Instrument instrument, long value)
    {
        if (instrument.IsObservable) _observed[instrument.Name] = value;
        else _sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
    }
}
