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
