using System.Globalization;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>The payload codec against bytes that others wrote, and against anything.</summary>
public sealed class SparkplugPayloadTests
{
    const int Seed = 20261120;

    static readonly string[][] Ordinary = Load("payloads.txt");
    static readonly string[][] All = Load("payloads.txt", "odd.txt", "malformed.txt");

    public static IEnumerable<object[]> Vectors => All;

    [Theory, MemberData(nameof(Vectors))]
    public void Payload_says_what_its_encoder_meant(string name, string bytes, string expected) =>
        Assert.Equal($"{name} {expected}", $"{name} {PayloadText.Of(Convert.FromHexString(bytes))}");

    [Fact]
    public void Every_beginning_of_a_payload_is_read_or_refused_and_none_is_half_read()
    {
        foreach (var vector in Ordinary)
        {
            var bytes = Convert.FromHexString(vector[1]);
            for (var length = 0; length < bytes.Length; length++)
                if (SparkplugPayload.TryRead(bytes.AsSpan(0, length), out var payload, out _))
                    Assert.True(Count(payload) <= Count(bytes), vector[0]);
        }
    }

    [Fact]
    public void Mutated_payloads_never_surprise_the_codec()
    {
        var random = new Random(Seed);
        var count = int.Parse(
            Environment.GetEnvironmentVariable("ENERGYWATCH_FUZZ") ?? "200000", CultureInfo.InvariantCulture);
        var all = All.Select(vector => Convert.FromHexString(vector[1])).ToArray();
        var read = 0;
        for (var i = 0; i < count; i++)
        {
            var bytes = Mutate(all[random.Next(all.Length)], all, random);
            try
            {
                if (SparkplugPayload.TryRead(bytes, out _, out var fault)) read++;
                else Assert.NotEmpty(fault!);
                PayloadText.Of(bytes);
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Seed {Seed}, payload {i}, {Convert.ToHexStringLower(bytes)}: {exception}");
            }
        }
        Assert.InRange(read, count / 50, count);
    }

    [Fact]
    public void Reading_a_payload_takes_no_memory()
    {
        var bytes = Convert.FromHexString(Ordinary[0][1]);
        Walk(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Walk(bytes);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    static void Walk(ReadOnlySpan<byte> bytes)
    {
        if (!SparkplugPayload.TryRead(bytes, out var payload, out _)) Assert.Fail("It cannot be read.");
        foreach (var metric in payload.Metrics) metric.Properties.TryFind("engUnit"u8, out _);
    }

    static int Count(ReadOnlySpan<byte> bytes) => SparkplugPayload.TryRead(bytes, out var payload, out _) ? Count(payload) : 0;

    static int Count(SparkplugPayload payload)
    {
        var count = 0;
        foreach (var _ in payload.Metrics) count++;
        return count;
    }

    static byte[] Mutate(byte[] bytes, byte[][] all, Random random)
    {
        var mutated = bytes.ToList();
        for (var times = random.Next(4); times >= 0; times--)
        {
            var at = random.Next(mutated.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < mutated.Count: mutated[at] ^= (byte)(1 << random.Next(8)); break;
                case 1 when at < mutated.Count: mutated[at] = (byte)random.Next(256); break;
                case 2: mutated.Insert(at, (byte)random.Next(256)); break;
                case 3 when at < mutated.Count: mutated.RemoveAt(at); break;
                case 4: mutated.RemoveRange(at, mutated.Count - at); break;
                default: mutated.InsertRange(at, all[random.Next(all.Length)]); break;
            }
        }
        return [.. mutated];
    }

    static string[][] Load(params string[] files) =>
        [.. files.SelectMany(file => File.ReadLines(Repository.PathOf("tests", "Vectors", "mqtt", "sparkplug", file)))
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(" | ", 3))];
}
