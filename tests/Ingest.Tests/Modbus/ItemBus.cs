using System.Net;
using System.Net.Sockets;
using EnergyWatch.Ingest.Modbus.Lines;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>
/// An RS-485 bus behind a transparent serial server, and <see cref="BusMeters"/> on it.
/// </summary>
sealed class ItemBus : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly BusMeters _meters = new();
    readonly Task _accepting;

    public ItemBus()
    {
        _listener.Start();
        Endpoint = new ModbusEndpoint("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, ModbusFraming.RtuOverTcp);
        _accepting = AcceptAsync();
    }

    public ModbusEndpoint Endpoint { get; }

    /// <summary>What the meters of items hold.</summary>
    public Dictionary<(ulong Meter, uint Item), string> Items => _meters.Items;

    /// <summary>What a frame becomes on its way to us; as it is where null.</summary>
    public Func<byte[], byte[][]>? OnTheWay { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        var (buffer, filled) = (new byte[512], 0);
        try
        {
            for (int count; (count = await socket.ReceiveAsync(buffer.AsMemory(filled), SocketFlags.None, _stop.Token)) > 0;)
            {
                filled += count;
                if (_meters.Answer(buffer.AsSpan(0, filled)) is not { } answer) continue;
                filled = 0;
                foreach (var piece in OnTheWay?.Invoke(answer) ?? [answer]) await socket.SendAsync(piece, SocketFlags.None, _stop.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            // The test ended, or the client left.
        }
    }
}
