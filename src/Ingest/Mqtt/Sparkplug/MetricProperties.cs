namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>The properties of a metric: keys and values, paired by their places.</summary>
readonly ref struct MetricProperties(ReadOnlySpan<byte> metric)
{
    // Sparkplug 3.0 §6.4.5 (PropertySet): 1 keys, repeated string | 2 values, repeated PropertyValue
    const int InMetric = 9;

    readonly ReadOnlySpan<byte> _metric = metric;

    /// <summary>
    /// True where each key has a value and each value a key (tck-id-payloads-propertyset-keys-array-size).
    /// </summary>
    public bool IsPaired
    {
        get
        {
            var (keys, values) = (0, 0);
            var fields = new ProtobufReader(_metric);
            while (fields.Next())
            {
                if (!fields.IsBytes(InMetric)) continue;
                var set = new ProtobufReader(fields.Bytes);
                while (set.Next())
                {
                    if (set.IsBytes(1)) keys++;
                    else if (set.IsBytes(2)) values++;
                }
                if (set.IsFaulty) return false;
            }
            return keys == values;
        }
    }

    /// <summary>The value of this key; false where there is none, or where it is null.</summary>
    public bool TryFind(ReadOnlySpan<byte> key, out PropertyValue value)
    {
        value = default;
        var at = PlaceOf(key);
        return at >= 0 && Find(2, at, default, out var bytes) >= 0 && PropertyValue.TryRead(bytes, out value);
    }

    int PlaceOf(ReadOnlySpan<byte> key) => Find(1, int.MaxValue, key, out _);

    // The so-manieth entry of the field, or the first that is this text; -1 where there is none. A message whose parts
    // come twice counts as one behind the other.
    int Find(int field, int place, ReadOnlySpan<byte> text, out ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        var fields = new ProtobufReader(_metric);
        while (fields.Next())
        {
            if (!fields.IsBytes(InMetric)) continue;
            var set = new ProtobufReader(fields.Bytes);
            while (set.Next())
            {
                if (!set.IsBytes(field)) continue;
                bytes = set.Bytes;
                if (count == place || (place == int.MaxValue && bytes.SequenceEqual(text))) return count;
                count++;
            }
        }
        bytes = [];
        return -1;
    }
}

/// <summary>The value of a property: a number that is whole, or a text. Any other kind is neither.</summary>
readonly ref struct PropertyValue
{
    public long? Whole { get; private init; }
    public ReadOnlySpan<byte> Text { get; private init; }

    // PropertyValue: 1 type | 2 is_null | oneof 3 int_value 4 long_value 5 float 6 double 7 boolean 8 string_value …
    public static bool TryRead(ReadOnlySpan<byte> bytes, out PropertyValue value)
    {
        value = default;
        var isNull = false;
        var fields = new ProtobufReader(bytes);
        while (fields.Next())
        {
            if (fields.IsVarint(2)) isNull = fields.Number != 0;
            else if (fields.IsVarint(3)) value = new PropertyValue { Whole = (int)(uint)fields.Number };
            else if (fields.IsVarint(4)) value = new PropertyValue { Whole = (long)fields.Number };
            else if (fields.IsBytes(8)) value = new PropertyValue { Text = fields.Bytes };
        }
        return !isNull && !fields.IsFaulty;
    }
}
