using System.Text;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>
/// Writes Sparkplug payloads for tests: an encoder of its own, that shares nothing with the code under test.
/// </summary>
sealed class SparkplugBytes
{
    readonly List<byte> _bytes = [];

    public static byte[] Payload(ulong? sentAt, int? seq, params SparkplugBytes[] metrics)
    {
        var payload = new SparkplugBytes();
        if (sentAt is { } at) payload.Number(1, at);
        foreach (var metric in metrics) payload.Part(2, metric._bytes);
        if (seq is { } number) payload.Number(3, (ulong)number);
        return [.. payload._bytes];
    }

    public static SparkplugBytes Metric(
        string? name = null, ulong? alias = null, ulong? at = null, double? value = null, uint? type = 10, string? unit = null)
    {
        var metric = new SparkplugBytes();
        if (name is not null) metric.Part(1, Encoding.UTF8.GetBytes(name));
        if (alias is { } number) metric.Number(2, number);
        if (at is { } time) metric.Number(3, time);
        if (type is { } known) metric.Number(4, known);
        if (unit is not null) metric.Property("engUnit", new SparkplugBytes().Number(1, 12).Part(8, Encoding.UTF8.GetBytes(unit)));
        return value is { } real ? metric.Real(13, real) : metric;
    }

    public static SparkplugBytes BdSeq(int value) => new SparkplugBytes().Part(1, Encoding.UTF8.GetBytes("bdSeq")).Number(4, 8).Number(11, (ulong)value);

    public SparkplugBytes Historical() => Number(5, 1);

    public SparkplugBytes Transient() => Number(6, 1);

    public SparkplugBytes Null() => Number(7, 1);

    public SparkplugBytes Quality(int code) => Property("Quality", new SparkplugBytes().Number(1, 3).Number(3, (ulong)code));

    public SparkplugBytes Number(int field, ulong value)
    {
        Varint((ulong)field << 3);
        Varint(value);
        return this;
    }

    public SparkplugBytes Real(int field, double value)
    {
        Varint(((ulong)field << 3) | 1);
        _bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    SparkplugBytes Property(string key, SparkplugBytes value) => Part(
        9, new SparkplugBytes().Part(1, Encoding.UTF8.GetBytes(key)).Part(2, value._bytes)._bytes);

    SparkplugBytes Part(int field, IReadOnlyCollection<byte> bytes)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)bytes.Count);
        _bytes.AddRange(bytes);
        return this;
    }

    void Varint(ulong value)
    {
        for (; value > 127; value >>= 7) _bytes.Add((byte)(value | 128));
        _bytes.Add((byte)value);
    }
}
