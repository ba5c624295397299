using System.Diagnostics.Metrics;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Adds up what a counter of ours was given since it began to listen, of one endpoint where that is named.</summary>
sealed class CounterProbe : IDisposable
{
    readonly MeterListener _listener = new();
    long _total;

    public CounterProbe(string counter, string? endpoint = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == counter) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (endpoint is null || Names(tags, endpoint)) Interlocked.Add(ref _total, value);
        });
        _listener.Start();
    }

    public long Total => Interlocked.Read(ref _total);

    public void Dispose() => _listener.Dispose();

    static bool Names(ReadOnlySpan<KeyValuePair<string, object?>> tags, string endpoint)
    {
        foreach (var (key, value) in tags)
            if (key == "endpoint" && Equals(value, endpoint)) return true;
        return false;
    }
}

/// <summary>Looks at a gauge of ours, endpoint by endpoint.</summary>
sealed class GaugeProbe : IDisposable
{
    readonly MeterListener _listener = new();
    readonly Lock _lock = new();
    readonly Dictionary<string, int> _seen = [];

    public GaugeProbe(string gauge)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == gauge) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((_, value, tags, _) =>
        {
            foreach (var (_, endpoint) in tags) _seen[(string)endpoint!] = value;
        });
        _listener.Start();
    }

    /// <summary>What it shows of an endpoint now; null where it tells nothing of it.</summary>
    public int? Of(string endpoint)
    {
        lock (_lock)
        {
            _seen.Clear();
            _listener.RecordObservableInstruments();
            return _seen.TryGetValue(endpoint, out var value) ? value : null;
        }
    }

    public void Dispose() => _listener.Dispose();
}
