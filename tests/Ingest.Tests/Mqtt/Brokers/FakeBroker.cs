using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>A broker that does only what the test says: takes one client at a time, hears and sends packets.</summary>
sealed class FakeBroker : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    Socket? _socket;
    PipeReader _input = PipeReader.Create(Stream.Null);

    public FakeBroker() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public MqttVersion Version { get; set; } = MqttVersion.V311;

    /// <summary>Takes the next client; answers its CONNECT and SUBSCRIBE, and returns what they said.</summary>
    public async Task<(string Connect, string Subscribe)> AcceptAsync(
        bool sessionPresent = false, byte granted = 1, params MqttProperty[] terms)
    {
        var connect = await GreetAsync(sessionPresent, terms);
        return (connect, await GrantAsync(granted));
    }

    /// <summary>Takes the next client, answers its CONNECT and returns what it said.</summary>
    public async Task<string> GreetAsync(bool sessionPresent = false, params MqttProperty[] terms)
    {
        await TakeAsync();
        var connect = await HearAsync();
        await SendAsync(output => new ConnAckPacket(sessionPresent, 0, new MqttProperties(terms)).Write(output, Version));
        return connect;
    }

    /// <summary>Answers the next SUBSCRIBE, the same for every filter where one code is given, and returns what it said.</summary>
    public async Task<string> GrantAsync(params byte[] codes)
    {
        var subscribe = await HearAsync();
        var words = subscribe.Split(' ');
        Assert.Equal("SUBSCRIBE", words[0]);
        var answer = codes.Length == 1 ? Enumerable.Repeat(codes[0], words.Length - 2).ToArray() : codes;
        await AnswerAsync(PacketType.SubAck, ushort.Parse(words[1][3..], CultureInfo.InvariantCulture), answer);
        return subscribe;
    }

    public Task AnswerAsync(PacketType type, ushort id, params byte[] codes) =>
        SendAsync(output => new SubAckPacket(type, id, codes, MqttProperties.None).Write(output, Version));

    public async Task RefuseAsync(byte code, params MqttProperty[] terms)
    {
        await TakeAsync();
        await SendAsync(output => new ConnAckPacket(false, code, new MqttProperties(terms)).Write(output, Version));
    }

    /// <summary>Takes the next client and says nothing.</summary>
    public async Task TakeAsync()
    {
        _socket?.Dispose();
        _socket = await _listener.AcceptSocketAsync(Eventually.Soon());
        _input = PipeReader.Create(new NetworkStream(_socket));
    }

    public Task PublishAsync(
        int id, string payload, string topic = "energywatch/v1/GW-01/readings", bool duplicate = false, int qos = 1,
        params MqttProperty[] properties) =>
        SendAsync(output => new PublishPacket(
            Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload), qos, (ushort)id, duplicate,
            Properties: properties.Length == 0 ? null : new MqttProperties(properties)).Write(output, Version));

    public Task AnswerPingAsync() => SendAsync(output => MqttPing.Write(output, PacketType.PingResp));

    public Task AcknowledgeAsync(int id, ReasonCode reason = ReasonCode.Success) =>
        SendAsync(output => new AckPacket(PacketType.PubAck, (ushort)id, reason).Write(output, Version));

    public Task LeaveAsync(ReasonCode reason, params MqttProperty[] why) =>
        SendAsync(output => new DisconnectPacket(PacketType.Disconnect, reason, new MqttProperties(why)).Write(output, Version));

    public async Task SendAsync(Action<IBufferWriter<byte>> packet)
    {
        var output = new ArrayBufferWriter<byte>();
        packet(output);
        await _socket!.SendAsync(output.WrittenMemory, SocketFlags.None, Eventually.Soon());
    }

    /// <summary>The next packet that is no PINGREQ, or "closed".</summary>
    public async Task<string> HearAsync()
    {
        string heard;
        do heard = await HearAnyAsync();
        while (heard == "PINGREQ");
        return heard;
    }

    public async Task<string> HearAnyAsync()
    {
        while (true)
        {
            ReadResult result;
            try
            {
                result = await _input.ReadAsync(Eventually.Soon());
            }
            catch (IOException)
            {
                return "closed";
            }
            var buffer = result.Buffer;
            if (MqttFraming.TryRead(ref buffer, int.MaxValue, Version, out var frame))
            {
                var text = AnyPacket.Read(frame, Version).Text;
                _input.AdvanceTo(buffer.Start);
                return text;
            }
            _input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) return "closed";
        }
    }

    public void Drop() => _socket!.Close();

    public void Dispose()
    {
        _socket?.Dispose();
        _listener.Dispose();
    }
}
