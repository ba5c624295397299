namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// What number a metric's value is. Nothing is guessed: a value that does not fit its data type is none.
/// </summary>
static class MetricNumber
{
    // Sparkplug 3.0 §6.4.16: Int8 to Int32 travel as two's complement in int_value, some senders keep the 8 or 16 bits
    // and some extend the sign; UInt32 is in int_value or, with Eclipse Tahu, in long_value.
    /// <summary>The fault in words, or null.</summary>
    public static string? Read(MetricType type, ValueField field, ulong bits, out double value)
    {
        value = double.NaN;
        switch (type)
        {
            case MetricType.Float or MetricType.Double when field == ValueField.Float:
                value = BitConverter.UInt32BitsToSingle((uint)bits);
                return null;
            case MetricType.Float or MetricType.Double when field == ValueField.Double:
                value = BitConverter.UInt64BitsToDouble(bits);
                return null;
            case >= MetricType.Int8 and <= MetricType.UInt64 when field is ValueField.Int or ValueField.Long:
                return ReadWhole(type, field == ValueField.Int ? (uint)bits : bits, field, out value);
            case >= MetricType.Int8 and <= MetricType.Double:
                return $"its data type is {type}, and its value is a {field}";
            default:
                return $"it is {NameOf(type)}, not a number";
        }
    }

    static string? ReadWhole(MetricType type, ulong bits, ValueField field, out double value)
    {
        var width = 8 << ((int)type - 1 & 3);
        var isSigned = type <= MetricType.Int64;
        var limit = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        var extended = field == ValueField.Int ? (int)(uint)bits : (long)bits;
        // The same pattern in its own width: with the sign bit, below zero.
        var narrow = (long)(bits << (64 - width)) >> (64 - width);
        value = isSigned ? narrow : (double)bits;
        // Of an Int64 in int_value nobody knows whether its sign was extended.
        var isShort = field == ValueField.Int && type == MetricType.Int64 && bits > int.MaxValue;
        var fits = !isShort && (bits <= limit || (isSigned && extended == narrow));
        return fits ? null : $"its value 0x{bits:x} does not fit its data type {type}";
    }

    static string NameOf(MetricType type) => type switch
    {
        MetricType.DataSet => "a data set",
        MetricType.Template => "a template",
        _ when Enum.IsDefined(type) => $"of data type {type}",
        _ => $"of data type {(uint)type}",
    };
}
