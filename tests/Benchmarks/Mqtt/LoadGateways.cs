using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>The gateways of the load: each has one meter, and sends messages of ten values made beforehand.</summary>
static class LoadGateways
{
    public const int ReadingsEach = 10;
    const string Secret = "load";
    const string FirstTs = "1768000000000";

    /// <summary>A stretching that costs nothing: logging in is not what is measured.</summary>
    public static string SecretHashed { get; } = SecretHash.Create(Secret, 10);

    public static string Code(int gateway) => string.Create(CultureInfo.InvariantCulture, $"GW-{gateway:00000}");

    public static string MeterCode(int gateway) => string.Create(CultureInfo.InvariantCulture, $"M-{gateway:00000}");

    public static RegistrySnapshot Registry(int gateways) => Some.Registry(
        Enumerable.Range(0, gateways).Select(i => Some.Meter(i + 1, MeterCode(i), gateway: Code(i))),
        Enumerable.Range(0, gateways).Select(i => Some.Gateway(Code(i), secretHash: SecretHashed)));

    public static RegistryRows Rows(int gateways) => new()
    {
        Institutions =
            [new InstitutionRow(default, "ORG-1", Some.Day, null, new InstitutionFacts("ORG-1", "021", "教育", null))],
        Gateways = [.. Enumerable.Range(0, gateways).Select(i => new GatewayRow(
            default, Code(i), Code(i), GatewayKind.Mqtt, null, Code(i), SecretHashed, Some.Day))],
        Meters = [.. Enumerable.Range(0, gateways).Select(i => new MeterRow(
            default, MeterCode(i), Carrier.Electricity, Some.Day, null,
            new MeterFacts("ORG-1", "m", MeterRole.Main, null, 1, null, null, 60, null, Code(i), null)))],
    };

    /// <summary>One PUBLISH at QoS 1; all have the same length.</summary>
    public static byte[] Publish(int gateway, ushort id)
    {
        var payload =
            $$$"""
            {"meter":"{{{MeterCode(gateway)}}}","ts":{{{FirstTs}}},"values":{"energy_import":123456.78,"power":8.123,
            "voltage_l1":231.42,"voltage_l2":230.97,"voltage_l3":232.1,
            "current_l1":12.345,"current_l2":11.982,"current_l3":12.077,"power_factor":0.987,"frequency":50.01}}
            """;
        var packet = new ArrayBufferWriter<byte>();
        new PublishPacket(
            Encoding.UTF8.GetBytes($"energywatch/v1/{Code(gateway)}/readings"), Encoding.UTF8.GetBytes(payload), 1, id)
            .Write(packet, MqttVersion.V311);
        return packet.WrittenSpan.ToArray();
    }

    /// <summary>Where the time stands in a packet, so that every message can have its own.</summary>
    public static int TimeIn(ReadOnlySpan<byte> packet) => packet.IndexOf(Encoding.UTF8.GetBytes(FirstTs));

    public static void SetTime(Span<byte> packet, int at, long milliseconds)
    {
        if (!Utf8Formatter.TryFormat(milliseconds, packet[at..], out var length) || length != FirstTs.Length)
            throw new InvalidOperationException($"{milliseconds} ms does not fit the packet.");
    }

    /// <summary>The socket of a gateway that is logged in, or of a client of a broker that asks nobody's name.</summary>
    public static async Task<Socket> ConnectAsync(int port, int gateway, int connection, ushort keepAlive = 0)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        // An address has so many ports only; loopback has many addresses.
        if (connection >= 10_000)
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)(connection / 10_000)]), 0));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        var output = new ArrayBufferWriter<byte>();
        new ConnectPacket
        {
            ClientId = $"load-{connection}", Username = Code(gateway), Password = Encoding.UTF8.GetBytes(Secret),
            KeepAlive = keepAlive,
        }.Write(output);
        await socket.SendAsync(output.WrittenMemory);
        var answer = new byte[4];
        for (var read = 0; read < answer.Length;)
        {
            var count = await socket.ReceiveAsync(answer.AsMemory(read));
            if (count == 0) throw new InvalidOperationException($"{Code(gateway)} was not let in.");
            read += count;
        }
        return answer[3] == 0 ? socket : throw new InvalidOperationException($"CONNACK {answer[3]}");
    }
}
