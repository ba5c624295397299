using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>
/// A gateway in a test: sends what it is told, byte for byte if need be, and says what it hears in one line each.
/// </summary>
sealed class MqttPeer : IDisposable
{
    readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly MqttVersion _version;
    readonly ArrayBufferWriter<byte> _unsent = new();
    PipeReader _input = PipeReader.Create(Stream.Null);

    MqttPeer(MqttVersion version) => _version = version;

    public static async Task<MqttPeer> OpenAsync(int port, MqttVersion version = MqttVersion.V311)
    {
        var peer = new MqttPeer(version);
        await peer._socket.ConnectAsync(IPAddress.Loopback, port, Eventually.Soon());
        peer._input = PipeReader.Create(new NetworkStream(peer._socket));
        return peer;
    }

    /// <summary>Opened and logged in.</summary>
    public static async Task<MqttPeer> ConnectAsync(
        int port, MqttVersion version =
            MqttVersion.V311, string clientId = "test", ushort keepAlive = 0, string user = "GW-01",
        string secret = ListenerUnderTest.Secret, bool clean = true)
    {
        var peer = await OpenAsync(port, version);
        await peer.SendAsync(Connect(version, clientId, user, secret, keepAlive, clean));
        Assert.StartsWith("CONNACK", await peer.HearAsync());
        return peer;
    }

    public static Action<IBufferWriter<byte>> Connect(
        MqttVersion version =
            MqttVersion.V311, string clientId =
                "test", string? user = "GW-01", string? secret = ListenerUnderTest.Secret,
        ushort keepAlive = 0, bool clean = true, MqttProperties? properties = null, MqttWill? will = null) =>
        new ConnectPacket
        {
            Version =
                version, ClientId = clientId, Username = user, KeepAlive = keepAlive, CleanStart = clean, Will = will,
            Password = secret is null
                ? (ReadOnlyMemory<byte>?)null
                : Encoding.UTF8.GetBytes(secret).AsMemory(), Properties = properties ?? MqttProperties.None,
        }.Write;

    public Action<IBufferWriter<byte>> Publish(
        int id, string payload, string topic =
            "energywatch/v1/GW-01/readings", bool duplicate = false, bool retain = false, int qos = 1,
        MqttProperties? properties = null) =>
        output => new PublishPacket(
            Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload), id == 0
                ? 0
                : qos, (ushort)id, duplicate, retain, properties).Write(output, _version);

    public static string Reading(double value) =>
        FormattableString.Invariant(
            $"{{\"meter\":\"M-0001\",\"ts\":1773730320000,\"values\":{{\"energy_import\":{value}}}}}");

    /// <summary>All of it in one write.</summary>
    public async Task SendAsync(params Action<IBufferWriter<byte>>[] packets)
    {
        foreach (var packet in packets) packet(_unsent);
        await SendAsync(_unsent.WrittenMemory);
        _unsent.Clear();
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) =>
        await _socket.SendAsync(bytes, SocketFlags.None, Eventually.Soon());

    public Task PingAsync() => SendAsync(static output => MqttPing.Write(output, PacketType.PingReq));

    /// <summary>The next packet in a line, or "closed".</summary>
    public async Task<string> HearAsync(TimeSpan? limit = null)
    {
        while (true)
        {
            ReadResult result;
            try
            {
                result = await _input.ReadAsync(Eventually.Soon(limit));
            }
            catch (IOException)
            {
                return "closed";
            }
            var buffer = result.Buffer;
            if (MqttFraming.TryRead(ref buffer, int.MaxValue, _version, out var frame))
            {
                var text = AnyPacket.Read(frame, _version).Text;
                _input.AdvanceTo(buffer.Start);
                return text;
            }
            _input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) return "closed";
        }
    }

    public async Task<IReadOnlyList<string>> HearAsync(int count)
    {
        var heard = new List<string>();
        while (heard.Count < count) heard.Add(await HearAsync());
        return heard;
    }

    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();
}
