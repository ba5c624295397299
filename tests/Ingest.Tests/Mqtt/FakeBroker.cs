using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>A broker that does only what the test says: takes one client at a time, hears and sends packets.</summary>
sealed class FakeBroker : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    Socket? _socket;
    PipeReader _input = PipeReader.Create(Stream.Null);

    public FakeBroker() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Takes the next client; answers its CONNECT and SUBSCRIBE, and returns what they said.</summary>
    public async Task<(string Connect, string Subscribe)> AcceptAsync(bool sessionPresent = false, byte granted = 1)
    {
        _socket?.Dispose();
        _socket = await _listener.AcceptSocketAsync(Eventually.Soon());
        _input = PipeReader.Create(new NetworkStream(_socket));
        var connect = await HearAsync();
        await SendAsync(
            output => new ConnAckPacket(sessionPresent, 0, MqttProperties.None).Write(output, MqttVersion.V311));
        var subscribe = await HearAsync();
        await SendAsync(
            output => new SubAckPacket(PacketType.SubAck, 1, new[] { granted }, MqttProperties.None).Write(
                output, MqttVersion.V311));
        return (connect, subscribe);
    }

    public async Task RefuseAsync(byte code)
    {
        _socket?.Dispose();
        _socket = await _listener.AcceptSocketAsync(Eventually.Soon());
        await SendAsync(output => new ConnAckPacket(false, code, MqttProperties.None).Write(output, MqttVersion.V311));
    }

    public Task PublishAsync(
        int id, string payload, string topic = "energywatch/v1/GW-01/readings", bool duplicate = false) =>
        SendAsync(output => new PublishPacket(
            Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload), 1, (
                ushort)id, duplicate).Write(output, MqttVersion.V311));

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
            if (MqttFraming.TryRead(ref buffer, int.MaxValue, MqttVersion.V311, out var frame))
            {
                var text = AnyPacket.Read(frame, MqttVersion.V311).Text;
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
