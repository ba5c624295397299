namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// A Sparkplug B payload, in place. It is read whole before anything of it is used: of a payload that breaks off in the
/// middle nothing counts.
/// </summary>
readonly ref struct SparkplugPayload
{
    readonly ReadOnlySpan<byte> _bytes;

    SparkplugPayload(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>When it was sent, in milliseconds since 1970, UTC.</summary>
    public ulong? Timestamp { get; private init; }

    /// <summary>Its place in the sequence of the edge node, 0 to 255.</summary>
    public ulong? Seq { get; private init; }

    /// <summary>True where its metrics are packed into the body in a way that no specification describes.</summary>
    public bool IsCompressed { get; private init; }
    public MetricEnumerator Metrics => new(_bytes);

    /// <summary>True where all its metrics were acquired some time before it was sent.</summary>
    public bool IsHistorical
    {
        get
        {
            var isAny = false;
            foreach (var metric in Metrics)
            {
                if (!metric.IsHistorical) return false;
                isAny = true;
            }
            return isAny;
        }
    }

    // Sparkplug 3.0 §6.4.1: 1 timestamp | 2 metrics, repeated | 3 seq | 4 uuid | 5 body
    /// <summary>False where the bytes are no payload; <paramref name="fault"/> says where and why.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SparkplugPayload payload, out string? fault)
    {
        payload = new SparkplugPayload(bytes);
        fault = null;
        var (timestamp, seq, compressed) = (default(ulong?), default(ulong?), false);
        var fields = new ProtobufReader(bytes);
        while (fields.Next())
        {
            if (fields.IsVarint(1)) timestamp = fields.Number;
            else if (fields.IsVarint(3)) seq = fields.Number;
            else if (fields.IsBytes(4)) compressed = fields.Bytes.SequenceEqual("SPBV1.0_COMPRESSED"u8);
            else if (fields.IsBytes(2) && !SparkplugMetric.TryRead(fields.Bytes, out _))
            {
                fault = $"Not a Sparkplug B payload: the metric that ends at byte {fields.Position} is malformed.";
                return false;
            }
        }
        if (fields.IsFaulty) fault = $"Not a Sparkplug B payload: no field at byte {fields.Position}.";
        else if (seq > byte.MaxValue) fault = $"The sequence number {seq} is above 255.";
        payload = new SparkplugPayload(bytes) { Timestamp = timestamp, Seq = seq, IsCompressed = compressed };
        return fault is null;
    }

    /// <summary>The metric of this name as a whole number, or null.</summary>
    public ulong? Whole(ReadOnlySpan<byte> name)
    {
        foreach (var metric in Metrics)
            if (metric.Name.SequenceEqual(name) && metric.Value is ValueField.Int or ValueField.Long && !metric.IsNull)
                return metric.Bits;
        return null;
    }

    /// <summary>The metrics of a payload that has been read, in their order.</summary>
    public ref struct MetricEnumerator(ReadOnlySpan<byte> payload)
    {
        ProtobufReader _fields = new(payload);
        SparkplugMetric _current;

        public readonly SparkplugMetric Current => _current;

        public readonly MetricEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            while (_fields.Next())
                if (_fields.IsBytes(2)) return SparkplugMetric.TryRead(_fields.Bytes, out _current);
            return false;
        }
    }
}
