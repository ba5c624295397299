using System.Net;
using System.Net.Sockets;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// The ceiling of a fan-out: what the first connection sends goes to all that came before it, read by read, with no
/// packet looked at. A connection says with its first byte which it is.
/// </summary>
sealed class BareFanOut : IAsyncDisposable
{
    readonly Socket _listening = new(SocketType.Stream, ProtocolType.Tcp);
    readonly List<Socket> _subscribers = [];
    readonly Task _running;

    public BareFanOut()
    {
        _listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listening.Listen(4096);
        _running = RunAsync();
    }

    public int Port => ((IPEndPoint)_listening.LocalEndPoint!).Port;

    public async ValueTask DisposeAsync()
    {
        await _running;
        _listening.Dispose();
        foreach (var subscriber in _subscribers) subscriber.Dispose();
    }

    async Task RunAsync()
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var socket = await _listening.AcceptAsync();
            socket.NoDelay = true;
            await socket.ReceiveAsync(buffer.AsMemory(0, 1));
            await socket.SendAsync(buffer.AsMemory(0, 1));
            if (buffer[0] == 'p')
            {
                await PassOnAsync(socket, buffer);
                return;
            }
            _subscribers.Add(socket);
        }
    }

    async Task PassOnAsync(Socket publisher, byte[] buffer)
    {
        using (publisher)
            while (await publisher.ReceiveAsync(buffer) is > 0 and var count)
                foreach (var subscriber in _subscribers) await subscriber.SendAsync(buffer.AsMemory(0, count));
    }
}
