using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using EnergyWatch.Simulator.Mqtt;

namespace EnergyWatch.Simulator.Tests.Mqtt;

/// <summary>One publish as a broker sees it.</summary>
sealed record Published(string Topic, ushort Id, bool Duplicate, byte[] Payload)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Payload);
}

/// <summary>The broker's side of MQTT 3.1.1, as far as a gateway sees it. The test says what is acknowledged and when a line breaks.</summary>
sealed class TestBroker : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly Channel<Published> _published = Channel.CreateUnbounded<Published>();
    TcpClient? _client;

    public TestBroker() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;
    public string? Credentials { get; private set; }
    public byte Answer { get; set; }

    /// <summary>Takes the next connection and reads from it until it ends.</summary>
    public async Task<Task> AcceptAsync(CancellationToken stop)
    {
        _client = await _listener.AcceptTcpClientAsync(stop);
        var stream = _client.GetStream();
        var (type, body) = await MqttWire.ReadAsync(stream, stop);
        Assert.Equal(0x10, type);
        Credentials = string.Join(' ', Texts(body.AsSpan(10)));
        await stream.WriteAsync(new byte[] { 0x20, 2, 0, Answer }, stop);
        return ReceiveAsync(stream, stop);
    }

    public ValueTask<Published> NextAsync(CancellationToken stop) => _published.Reader.ReadAsync(stop);

    public bool TryNext(out Published? published) => _published.Reader.TryRead(out published);

    public async Task AcknowledgeAsync(ushort id, CancellationToken stop) =>
        await _client!.GetStream().WriteAsync(new byte[] { 0x40, 2, (byte)(id >> 8), (byte)id }, stop);

    public void Break() => _client!.Client.Close(0);

    public void Dispose()
    {
        _client?.Dispose();
        _listener.Dispose();
    }

    async Task ReceiveAsync(NetworkStream stream, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var first = new byte[1];
                await stream.ReadExactlyAsync(first, stop);
                var (length, shift) = (0, 0);
                var one = new byte[1];
                do
                {
                    await stream.ReadExactlyAsync(one, stop);
                    length |= (one[0] & 0x7F) << shift;
                    shift += 7;
                }
                while (one[0] >= 0x80);
                var body = new byte[length];
                await stream.ReadExactlyAsync(body, stop);
                if (first[0] == 0xE0) return;
                if ((first[0] & 0xF0) != 0x30) continue;
                Assert.Equal(0x02, first[0] & 0x06);
                var topic = body[0] << 8 | body[1];
                _published.Writer.TryWrite(new(
                    Encoding.UTF8.GetString(body.AsSpan(2, topic)), (ushort)(body[2 + topic] << 8 | body[3 + topic]), (first[0] & 8) != 0,
                    body[(4 + topic)..]));
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return;
        }
    }

    static List<string> Texts(ReadOnlySpan<byte> body)
    {
        var texts = new List<string>();
        while (body.Length > 1)
        {
            var length = body[0] << 8 | body[1];
            texts.Add(Encoding.UTF8.GetString(body.Slice(2, length)));
            body = body[(2 + length)..];
        }
        return texts;
    }
}
