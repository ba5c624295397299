using System.Net.Sockets;
using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Metering;

namespace EnergyWatch.Simulator.Mqtt;

/// <summary>Where and as whom a gateway publishes.</summary>
sealed record PushTarget(string Host, int Port, string Code, string Username, string Secret);

/// <summary>
/// A gateway that publishes with QoS 1 like a good real one: keeps its session, sends again what was not acknowledged, and catches up
/// after an outage with the readings' own times.
/// </summary>
sealed class PushGateway(PushTarget target, Recorder recorder, TimeProvider clock, Action<string> say)
{
    const int Window = 20;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), PingAfter = TimeSpan.FromSeconds(20);
    static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(30);

    readonly Unacknowledged _unacknowledged = new();
    bool _failing;

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await KeepConnectedAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
    }

    async Task KeepConnectedAsync(CancellationToken stop)
    {
        var pause = ShortestPause;
        while (true)
        {
            try
            {
                if (!Faults.Offline(target.Code, clock.Now())) await SessionAsync(() => pause = ShortestPause, stop);
            }
            catch (Exception lost) when (lost is IOException or SocketException or InvalidDataException or TimeoutException)
            {
                Failed(lost);
            }
            await Task.Delay(pause, clock, stop);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    async Task SessionAsync(Action connected, CancellationToken stop)
    {
        using var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(target.Host, target.Port, stop);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(MqttWire.Connect($"sim-{target.Code}", target.Username, target.Secret, keepAliveS: 60), stop);
        var (type, body) = await MqttWire.ReadAsync(stream, stop).WaitAsync(Patience, clock, stop);
        if (type != MqttWire.Connack || body is not [_, 0])
            throw new InvalidDataException($"the broker refused the connection with code {(body.Length > 1 ? body[1] : -1)}");
        connected();
        Recovered();
        using var session = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reader = ReceiveAsync(stream, session.Token);
        try
        {
            foreach (var packet in _unacknowledged.ToRepeat()) await stream.WriteAsync(packet, stop);
            await PublishAsync(stream, reader, stop);
        }
        finally
        {
            await session.CancelAsync();
            await Task.WhenAny(reader);
        }
    }

    // Ends when the gateway's noon begins; otherwise by an exception.
    async Task PublishAsync(NetworkStream stream, Task reader, CancellationToken stop)
    {
        var topic = $"energywatch/v1/{target.Code}/readings";
        var (lastSent, lastMoved) = (clock.Now(), clock.Now());
        while (true)
        {
            var now = clock.Now();
            var acknowledged = _unacknowledged.NextAcknowledgement;
            if (stop.IsCancellationRequested || Faults.Offline(target.Code, now))
            {
                await stream.WriteAsync(MqttWire.Disconnect, CancellationToken.None);
                stop.ThrowIfCancellationRequested();
                return;
            }
            if (reader.IsCompleted) await reader;
            if (_unacknowledged.Count > 0 && now - lastMoved > Patience)
                throw new TimeoutException($"no acknowledgement for {Patience.TotalSeconds} s");
            if (_unacknowledged.Count < Window && recorder.Take(now) is { } payload)
            {
                await stream.WriteAsync(_unacknowledged.Add(topic, payload), stop);
                (lastSent, lastMoved) = (now, _unacknowledged.Count == 1 ? now : lastMoved);
                continue;
            }
            if (now - lastSent > PingAfter)
            {
                await stream.WriteAsync(MqttWire.Pingreq, stop);
                lastSent = now;
            }
            await Task.WhenAny(acknowledged, reader, Task.Delay(WaitFrom(now), clock, stop));
            if (acknowledged.IsCompleted) lastMoved = clock.Now();
        }
    }

    // A full window waits for acknowledgements, otherwise the next reading is what comes next; the second bounds how late a stop is seen.
    TimeSpan WaitFrom(Instant now)
    {
        var second = TimeSpan.FromSeconds(1);
        if (_unacknowledged.Count >= Window) return second;
        var wait = recorder.NextDue - now;
        return wait <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : wait < second ? wait : second;
    }

    async Task ReceiveAsync(NetworkStream stream, CancellationToken stop)
    {
        while (true)
        {
            var (type, body) = await MqttWire.ReadAsync(stream, stop);
            if (type == MqttWire.Puback) _unacknowledged.Acknowledge(MqttWire.PacketId(body));
        }
    }

    void Failed(Exception why)
    {
        if (!_failing) say($"{target.Code}: {why.Message}; {_unacknowledged.Count} not acknowledged, trying again");
        _failing = true;
    }

    void Recovered()
    {
        if (_failing) say($"{target.Code}: connected again");
        _failing = false;
    }
}
