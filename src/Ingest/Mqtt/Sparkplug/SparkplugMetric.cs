using System.Text.Unicode;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// One metric of a payload, in place: its texts are slices of it. Absent fields are null, which is not the same as
/// zero: an alias of 0 is an alias.
/// </summary>
readonly ref struct SparkplugMetric
{
    readonly ReadOnlySpan<byte> _bytes;

    SparkplugMetric(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>False where the name is absent or, as some encoders write that, empty.</summary>
    public bool HasName { get; private init; }
    public ulong? Alias { get; private init; }

    /// <summary>Milliseconds since 1970, UTC.</summary>
    public ulong? Timestamp { get; private init; }
    public MetricType? Type { get; private init; }
    public bool IsHistorical { get; private init; }
    public bool IsTransient { get; private init; }
    public bool IsNull { get; private init; }

    /// <summary>Which of the value fields is there, and its bits where it is a number.</summary>
    public ValueField Value { get; private init; }
    public ulong Bits { get; private init; }
    public MetricProperties Properties => new(_bytes);

    // Sparkplug 3.0 §6.4.1, sparkplug_b.proto
    //   1 name | 2 alias | 3 timestamp | 4 datatype | 5 is_historical | 6 is_transient | 7 is_null | 8 metadata
    //   9 properties | oneof 10 int 11 long 12 float 13 double 14 boolean 15 string 16 bytes 17 dataset 18 template
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SparkplugMetric metric)
    {
        metric = new SparkplugMetric(bytes);
        ReadOnlySpan<byte> name = default;
        var hasName = false;
        var (alias, timestamp, type) = (default(ulong?), default(ulong?), default(MetricType?));
        var (historical, transient, isNull) = (false, false, false);
        var (value, bits) = (ValueField.None, 0UL);
        var fields = new ProtobufReader(bytes);
        while (fields.Next())
        {
            if (fields.IsBytes(1))
            {
                name = fields.Bytes;
                hasName = !name.IsEmpty;
            }
            else if (fields.IsVarint(2)) alias = fields.Number;
            else if (fields.IsVarint(3)) timestamp = fields.Number;
            else if (fields.IsVarint(4)) type = (MetricType)(uint)fields.Number;
            else if (fields.IsVarint(5)) historical = fields.Number != 0;
            else if (fields.IsVarint(6)) transient = fields.Number != 0;
            else if (fields.IsVarint(7)) isNull = fields.Number != 0;
            else if (ValueOf(fields.Field, fields.Type) is not ValueField.None and var found)
                (value, bits) = (found, fields.Number);
        }
        metric = new SparkplugMetric(bytes)
        {
            Name = name, HasName = hasName, Alias = alias, Timestamp = timestamp, Type = type,
            IsHistorical = historical, IsTransient = transient, IsNull = isNull, Value = value, Bits = bits,
        };
        return !fields.IsFaulty && Utf8.IsValid(name);
    }

    // A known number with another wire type is an unknown field, as in any reader of Protocol Buffers.
    static ValueField ValueOf(int field, WireType type) => (field, type) switch
    {
        (10, WireType.Varint) => ValueField.Int,
        (11, WireType.Varint) => ValueField.Long,
        (12, WireType.Fixed32) => ValueField.Float,
        (13, WireType.Fixed64) => ValueField.Double,
        (14, WireType.Varint) => ValueField.Boolean,
        (>= 15 and <= 19, WireType.Bytes) => (ValueField)field,
        _ => ValueField.None,
    };
}

/// <summary>The value fields of a metric, by their number.</summary>
enum ValueField : byte
{
    None = 0, Int = 10, Long = 11, Float = 12, Double = 13, Boolean = 14, Text = 15, Bytes = 16, DataSet = 17,
    Template = 18, Extension = 19,
}

/// <summary>The data types of metrics (§6.4.16), by their number.</summary>
enum MetricType : uint
{
    Unknown = 0, Int8 = 1, Int16 = 2, Int32 = 3, Int64 = 4, UInt8 = 5, UInt16 = 6, UInt32 = 7, UInt64 = 8, Float = 9,
    Double = 10, Boolean = 11, String = 12, DateTime = 13, Text = 14, Uuid = 15, DataSet = 16, Bytes = 17, File = 18,
    Template = 19,
}
