using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>The golden frames under tests/Vectors/mqtt.</summary>
static class MqttVectors
{
    public const int PacketLimit = 65_536;

    public sealed record Vector(string Name, MqttVersion Version, byte[] Bytes, string Expected)
    {
        public override string ToString() => $"{Name} {Version}";
    }

    public static IReadOnlyList<Vector> Frames { get; } = Load("frames.txt");

    public static IReadOnlyList<Vector> Malformed { get; } = Load("malformed.txt");

    static List<Vector> Load(string file) =>
        [.. File.ReadLines(Repository.PathOf("tests", "Vectors", "mqtt", file))
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(" | "))
            .Select(parts => new Vector(
                parts[0], parts[1] == "5.0"
                    ? MqttVersion.V5
                    : MqttVersion.V311, Convert.FromHexString(parts[2]), parts[3]))];
}
