using System.Net;
using System.Net.Sockets;
using EnergyWatch.Ingest.Mqtt;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class ConversationTests
{
    // As others measure by: the limits stand in CONNACK of version 5.
    static readonly MqttOptions Open = new() { OpenTestAccess = true, ReceiveMaximum = 20, MaxPacketBytes = 2_000_000 };

    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var conversation in Conversation.All) data.Add(conversation.File, conversation.Name);
            return data;
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task Conversation_goes_byte_for_byte(string file, string name)
    {
        await using var listener = await ListenerUnderTest.StartAsync(Open);
        var conversation = Conversation.All.Single(one => one.File == file && one.Name == name);
        var clients = new Dictionary<char, Socket>();
        try
        {
            foreach (var step in conversation.Steps) await TakeAsync(step, clients, listener);
        }
        finally
        {
            foreach (var client in clients.Values) client.Dispose();
        }
    }

    static async Task TakeAsync(string step, Dictionary<char, Socket> clients, ListenerUnderTest listener)
    {
        if (step[0] == '+')
        {
            listener.Clock.Advance(Conversation.Pause(step));
            return;
        }
        if (!clients.TryGetValue(step[0], out var client)) clients[step[0]] = client = await ConnectAsync(listener.Port);
        switch (step[1])
        {
            case '>':
                await client.SendAsync(Conversation.Bytes(step[2..]), SocketFlags.None, Eventually.Soon());
                return;
            case '<':
                var expected = Conversation.Bytes(step[2..]);
                Assert.Equal(Hex(expected), Hex(await HearAsync(client, expected.Length)));
                return;
            case '!':
                Assert.Equal("", Hex(await HearAsync(client, 1)));
                clients.Remove(step[0]);
                client.Dispose();
                return;
            case ' ':
                var open = listener.Open;
                clients.Remove(step[0]);
                client.Dispose();
                await Eventually.HoldsAsync(() => listener.Open < open, "its end was seen");
                return;
            default:
                Assert.Fail($"No such step: {step}");
                return;
        }
    }

    static async Task<byte[]> HearAsync(Socket client, int count)
    {
        var heard = new byte[count];
        var length = 0;
        try
        {
            while (length < count)
            {
                var more = await client.ReceiveAsync(heard.AsMemory(length), SocketFlags.None, Eventually.Soon());
                if (more == 0) break;
                length += more;
            }
        }
        catch (SocketException)
        {
            // Reset: as closed as can be.
        }
        return heard[..length];
    }

    static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, Eventually.Soon());
        return socket;
    }

    static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
