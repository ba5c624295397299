using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>A gateway of the load: a socket that is logged in, and answers of a known length.</summary>
sealed class ExchangeClient : IDisposable
{
    public const string Secret = "exchange";

    readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly ArrayBufferWriter<byte> _packets = new();
    readonly byte[] _answer = new byte[64 * 1024];

    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"GW-{number:00000}");

    public static async Task<ExchangeClient> ConnectAsync(int port, int number)
    {
        var client = new ExchangeClient();
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        await client.AskAsync(output => new ConnectPacket
        {
            ClientId = "load", Username = NameOf(number), Password = Encoding.UTF8.GetBytes(Secret),
        }.Write(output), 4);
        return client._answer[3] == 0 ? client : throw new InvalidOperationException($"CONNACK {client._answer[3]}");
    }

    /// <summary>To the bare one, which knows publishers and subscribers only.</summary>
    public static async Task<ExchangeClient> BareAsync(int port, char role)
    {
        var client = new ExchangeClient();
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        await client.SendAsync(new[] { (byte)role });
        await client.ReceiveAsync(1);
        return client;
    }

    public Task SubscribeAsync(string filter, int qos) => AskAsync(output => new SubscribePacket(
        1, [new Subscription(filter, qos, (byte)qos)], MqttProperties.None).Write(output, MqttVersion.V311), 5);

    /// <summary>Writes, sends, and waits for so many bytes of answer.</summary>
    public async Task AskAsync(Action<IBufferWriter<byte>> write, int answerBytes)
    {
        _packets.Clear();
        write(_packets);
        await SendAsync(_packets.WrittenMemory);
        await ReceiveAsync(answerBytes);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes)..];
    }

    public async Task ReceiveAsync(int bytes)
    {
        for (var got = 0; got < bytes;)
        {
            var more = await _socket.ReceiveAsync(_answer.AsMemory(got % 32_768, Math.Min(32_768, bytes - got)));
            if (more == 0) throw new InvalidOperationException("The listener closed.");
            got += more;
        }
    }

    /// <summary>What has come, at most so much; empty when it is over.</summary>
    public async ValueTask<int> ReceiveAsync(Memory<byte> into) => await _socket.ReceiveAsync(into);

    public void Dispose() => _socket.Dispose();
}
