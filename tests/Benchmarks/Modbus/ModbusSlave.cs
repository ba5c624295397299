using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>
/// Slaves in a process of their own: <c>modbus-slave DELAY_MS [ENDPOINTS [DEAD]]</c>. Prints the ports, the dead ones last; a line on its
/// input is answered with the number of reads answered so far, and <c>silence</c> lets it answer none from then on.
/// Answers wait in one queue in the order of their due times, not in a timer each.
/// </summary>
sealed class ModbusSlave(TimeSpan delay)
{
    readonly ConcurrentQueue<(long DueAt, Socket Socket, ReadOnlyMemory<byte> Answer)> _waiting = new();
    readonly List<Socket> _held = [];
    long _answered;
    volatile bool _silent;

    public static async Task RunAsync(string[] arguments)
    {
        var numbers = Array.ConvertAll(arguments, text => int.Parse(text, CultureInfo.InvariantCulture));
        var slave = new ModbusSlave(TimeSpan.FromMilliseconds(numbers.ElementAtOrDefault(0)));
        var ports = new List<int>();
        for (var i = 0; i < Math.Max(1, numbers.ElementAtOrDefault(1)); i++) ports.Add(slave.Open());
        for (var i = 0; i < numbers.ElementAtOrDefault(2); i++) ports.Add(slave.OpenDead(i % 3));
        if (slave.IsSlow) _ = slave.SendDueAsync();
        Console.WriteLine(string.Join(' ', ports));
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "silence") slave._silent = true;
            Console.WriteLine(Interlocked.Read(ref slave._answered));
        }
    }

    bool IsSlow => delay > TimeSpan.Zero;

    int Open()
    {
        var listener = Bound();
        listener.Listen(4096);
        _ = AcceptAsync(listener, ServeAsync);
        return PortOf(listener);
    }

    // Refused: bound, not listening. Black-holed: connections that nobody accepts, until the queue is full and not even they are made.
    // Silent: accepted, read, never answered.
    int OpenDead(int kind)
    {
        var socket = Bound();
        _held.Add(socket);
        if (kind == 1) socket.Listen(1);
        if (kind != 2) return PortOf(socket);
        socket.Listen(4096);
        _ = AcceptAsync(socket, IgnoreAsync);
        return PortOf(socket);
    }

    static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    static async Task AcceptAsync(Socket listener, Func<Socket, Task> serve)
    {
        while (true) _ = serve(await listener.AcceptAsync());
    }

    async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        var (request, answer) = (new byte[12], new byte[260]);
        using (socket)
        {
            try
            {
                while (await FillAsync(socket, request))
                {
                    if (_silent) continue;
                    var length = Registers.Answer(request, answer);
                    if (IsSlow) _waiting.Enqueue((Stopwatch.GetTimestamp() + DelayTicks, socket, answer.AsMemory(0, length)));
                    else
                    {
                        await socket.SendAsync(answer.AsMemory(0, length), SocketFlags.None);
                        Interlocked.Increment(ref _answered);
                    }
                }
            }
            catch (SocketException)
            {
                // The client has measured enough and left.
            }
        }
    }

    static async Task<bool> FillAsync(Socket socket, byte[] request)
    {
        for (var filled = 0; filled < request.Length;)
        {
            var count = await socket.ReceiveAsync(request.AsMemory(filled), SocketFlags.None);
            if (count == 0) return false;
            filled += count;
        }
        return true;
    }

    static async Task IgnoreAsync(Socket socket)
    {
        var room = new byte[260];
        using (socket)
        {
            try
            {
                while (await socket.ReceiveAsync(room.AsMemory(), SocketFlags.None) > 0) continue;
            }
            catch (SocketException)
            {
                // The client gave up.
            }
        }
    }

    long DelayTicks => (long)(delay.TotalSeconds * Stopwatch.Frequency);

    async Task SendDueAsync()
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        while (await tick.WaitForNextTickAsync())
        {
            while (_waiting.TryPeek(out var next) && next.DueAt <= Stopwatch.GetTimestamp())
            {
                _waiting.TryDequeue(out next);
                Send(next.Socket, next.Answer.Span);
            }
        }
    }

    void Send(Socket socket, ReadOnlySpan<byte> answer)
    {
        try
        {
            socket.Send(answer);
            Interlocked.Increment(ref _answered);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The client has left; nobody waits for this answer.
        }
    }
}
