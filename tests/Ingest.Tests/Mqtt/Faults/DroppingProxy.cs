using System.Net;
using System.Net.Sockets;

namespace EnergyWatch.Ingest.Tests.Mqtt.Faults;

/// <summary>
/// Between two peers. It can let what they say vanish while both their connections stay open, as a firewall does that
/// forgot them, or a cable that somebody pulled behind the next switch.
/// </summary>
sealed class DroppingProxy : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly List<Socket> _sockets = [];
    readonly int _target;
    readonly Task _accepting;
    volatile bool _drops;
    int _dropped;

    public DroppingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Pieces that vanished.</summary>
    public int Dropped => Volatile.Read(ref _dropped);

    /// <summary>Nothing passes any more, in either direction, on connections that are open now.</summary>
    public void Drop() => _drops = true;

    /// <summary>Connections made from now on work again.</summary>
    public void Pass() => _drops = false;

    /// <summary>All connections break, as when their process is killed.</summary>
    public void Cut()
    {
        lock (_sockets)
        {
            foreach (var socket in _sockets)
            {
                // 0: a reset and no goodbye.
                if (socket.Connected) socket.LingerState = new LingerOption(enable: true, seconds: 0);
                socket.Dispose();
            }
            _sockets.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        lock (_sockets) _sockets.ForEach(socket => socket.Dispose());
        await _accepting;
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
            {
                var near = Keep(await _listener.AcceptSocketAsync(_stop.Token));
                var far = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
                await far.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                var isDead = new Dead(this);
                relays.Add(RelayAsync(near, far, isDead));
                relays.Add(RelayAsync(far, near, isDead));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
        await Task.WhenAll(relays);
    }

    async Task RelayAsync(Socket from, Socket to, Dead dead)
    {
        var piece = new byte[4096];
        try
        {
            while (await from.ReceiveAsync(piece, SocketFlags.None, _stop.Token) is var count and > 0)
                if (dead.IsDead) Interlocked.Increment(ref _dropped);
                else await to.SendAsync(piece.AsMemory(0, count), SocketFlags.None, _stop.Token);
            if (!dead.IsDead) to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One of the two is gone.
        }
    }

    Socket Keep(Socket socket)
    {
        lock (_sockets) _sockets.Add(socket);
        return socket;
    }

    // A connection on which something vanished never works again.
    sealed class Dead(DroppingProxy proxy)
    {
        volatile bool _isDead;

        public bool IsDead => _isDead |= proxy._drops;
    }
}
