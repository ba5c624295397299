using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace EnergyWatch.Api.Health;

/// <summary>
/// Collects the instruments of this service (<c>EnergyWatch.*</c>) and writes them as Prometheus text, version 0.0.4. Histograms
/// are kept in fixed buckets of seconds.
/// </summary>
sealed class MetricsText : IDisposable
{
    static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    readonly MeterListener _listener = new();
    readonly ConcurrentDictionary<(Instrument Instrument, string Labels), Cell> _cells = new();

    // The way to the cell of a measurement with one label, as most are taken, without writing the label out each time.
    readonly ConcurrentDictionary<(Instrument Instrument, string Label, object Value), Cell> _known = new();

    readonly Lock _writing = new();

    public MetricsText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("EnergyWatch.", StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measure(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Measure(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measure(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    public string Write()
    {
        lock (_writing) return WriteOne();
    }

    string WriteOne()
    {
        // What is observed tells all that there is: what it no longer names is gone.
        foreach (var key in _cells.Keys.Where(key => key.Instrument.IsObservable)) _cells.TryRemove(key, out _);
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var group in _cells.GroupBy(cell => cell.Key.Instrument).OrderBy(group => group.Key.Name, StringComparer.Ordinal))
        {
            var (name, kind) = (group.Key.Name, KindOf(group.Key));
            if (group.Key.Description is { } help) text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {kind}\n");
            foreach (var (key, cell) in group.OrderBy(entry => entry.Key.Labels, StringComparer.Ordinal)) cell.Write(text, name, key.Labels, kind);
        }
        return text.ToString();
    }

    void Measure(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var cell = CellOf(instrument, tags);
        switch (cell.Kind)
        {
            case "histogram": cell.Observe(value); break;
            case "counter" when !instrument.IsObservable: cell.Add(value); break;
            case "gauge" when cell.IsUpDown: cell.Add(value); break;
            default: cell.Set(value); break;
        }
    }

    Cell CellOf(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var isKnown = tags.Length == 1 && !instrument.IsObservable && tags[0].Value is string;
        if (isKnown && _known.TryGetValue((instrument, tags[0].Key, tags[0].Value!), out var known)) return known;
        var cell = _cells.GetOrAdd((instrument, Labels(tags)), static key => new Cell(key.Instrument));
        if (isKnown) _known[(instrument, tags[0].Key, tags[0].Value!)] = cell;
        return cell;
    }

    static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "Histogram" => "histogram",
        _ => "gauge",
    };

    static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            var escaped = Convert.ToString(value, CultureInfo.InvariantCulture)!.Replace("\\", @"\\").Replace("\"", "\\\"").Replace("\n", "\\n");
            text.Append(text.Length > 0 ? "," : "").Append(key).Append("=\"").Append(escaped).Append('"');
        }
        return text.ToString();
    }

    sealed class Cell(Instrument instrument)
    {
        readonly Lock _lock = new();
        readonly long[] _buckets = new long[Bounds.Length];
        double _value;
        long _count;

        public string Kind { get; } = KindOf(instrument);
        public bool IsUpDown { get; } = instrument.GetType().Name.StartsWith("UpDownCounter", StringComparison.Ordinal);

        public void Add(double value) { lock (_lock) _value += value; }
        public void Set(double value) { lock (_lock) _value = value; }

        public void Observe(double value)
        {
            lock (_lock)
            {
                _value += value;
                _count++;
                var bucket = Array.FindIndex(Bounds, bound => value <= bound);
                if (bucket >= 0) _buckets[bucket]++;
            }
        }

        public void Write(StringBuilder text, string name, string labels, string kind)
        {
            lock (_lock)
            {
                if (kind != "histogram")
                {
                    Line(text, name, labels, _value);
                    return;
                }
                var below = 0L;
                for (var i = 0; i < Bounds.Length; i++)
                    Line(text, name + "_bucket", Join(labels, Bounds[i].ToString(CultureInfo.InvariantCulture)), below += _buckets[i]);
                Line(text, name + "_bucket", Join(labels, "+Inf"), _count);
                Line(text, name + "_sum", labels, _value);
                Line(text, name + "_count", labels, _count);
            }
        }

        static string Join(string labels, string bound) => $"{(labels.Length > 0 ? labels + "," : "")}le=\"{bound}\"";

        static void Line(StringBuilder text, string name, string labels, double value) =>
            text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? "{" + labels + "}" : "")} {value}\n");
    }
}
