namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>
/// The bytes of one physical endpoint: a TCP connection or a serial port. It opens when asked, moves bytes and closes; what the bytes
/// mean, and how long to wait for them, its owner knows. One caller at a time; what is pending ends with the caller's token,
/// and goes on on another thread than the one that cancels.
/// </summary>
interface ILink : IAsyncDisposable
{
    bool IsOpen { get; }

    /// <exception cref="ModbusLinkException">when the other side cannot be reached; says why.</exception>
    ValueTask OpenAsync(CancellationToken stop);

    /// <exception cref="IOException">when the link broke; of a socket <see cref="System.Net.Sockets.SocketException"/>.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop);

    /// <returns>How many bytes came; 0 where the other side closed.</returns>
    /// <exception cref="IOException">when the link broke; of a socket <see cref="System.Net.Sockets.SocketException"/>.</exception>
    ValueTask<int> ReceiveAsync(Memory<byte> room, CancellationToken stop);

    /// <summary>How many bytes have come that nobody read.</summary>
    int Unread { get; }

    /// <summary>Whether the other side is known to be gone. Asked before the first request after a pause.</summary>
    bool IsGone { get; }

    /// <summary>Whether closing keeps late answers out. A bus has no other end that could be hung up.</summary>
    bool ClosingHelps { get; }

    /// <summary>Quiet that must lie between what was last heard and a request.</summary>
    TimeSpan Silence { get; }

    /// <summary>How long so many bytes take at the speed of the line: longer than the other side may think about its answer, often.</summary>
    TimeSpan OnTheWire(int bytes);

    void Close();
}
