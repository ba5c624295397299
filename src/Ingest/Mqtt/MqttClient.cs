using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>The broker refused us or our subscription: a person has to look at it.</summary>
sealed class BrokerRefusedException(string message) : Exception(message);

/// <summary>What a client works with.</summary>
sealed record ClientParts
{
    public required MqttIntake Intake { get; init; }
    public required MqttFlow Flow { get; init; }
    public required DialectRouter Topics { get; init; }
    public required TimeProvider Clock { get; init; }
    public required ILogger Log { get; init; }
}

/// <summary>
/// One connection to an outside broker, from CONNECT to its end. Persistent session, QoS 1, acknowledged in order after
/// the receipt. Its keep-alive runs on a timer of its own: a full store holds up reading, never the PINGREQ.
/// </summary>
[SuppressMessage("Reliability", "CA1001",
    Justification = "A timer may come when it is over already; no wait handle is taken.")]
sealed class MqttClient(BrokerOptions broker, IReadingSink sink, ClientParts parts)
{
    /// <summary>Large reads: a broker that pours needs few of them, and each is answered with one write.</summary>
    const int ReadBytes = 64 * 1024;
    const ushort SubscribeId = 1;

    static readonly TimeSpan FinishLimit = TimeSpan.FromSeconds(2);

    readonly CancellationTokenSource _ending = new();
    Exception? _fault;
    PipeReader _input = PipeReader.Create(Stream.Null);
    MqttOutput _output = new(PipeWriter.Create(Stream.Null), parts.Flow);
    ConnAckPacket _answer = new(false, 0, MqttProperties.None);
    Deliveries? _deliveries;
    IdleWatch? _watch;

    MqttVersion Version => broker.Mqtt5 ? MqttVersion.V5 : MqttVersion.V311;

    /// <summary>Messages between receipt and acknowledgement.</summary>
    public int InFlight => _deliveries?.Count ?? 0;

    /// <summary>True while the window is full and we do not read.</summary>
    public bool IsHeldBack => _watch?.IsDeaf ?? false;

    /// <summary>
    /// Receives until stopped; then what is in flight may finish within a bound, and we say goodbye. Ends otherwise
    /// only by throwing the reason: lost, refused, silent, not stored.
    /// </summary>
    /// <param name="connected">Called when the subscription is granted; true where the broker had kept our
    /// session.</param>
    public async Task RunAsync(Action<bool> connected, CancellationToken stop)
    {
        using var onStop = stop.Register(_ending.Cancel);
        try
        {
            await using var stream = await ConnectAsync(stop);
            var reader = new BrokerReader(broker, Version, parts, () => connected(_answer.SessionPresent));
            await ServeAsync(reader, stop);
        }
        catch (OperationCanceledException) when (_fault is not null)
        {
            throw _fault;
        }
    }

    async Task<Stream> ConnectAsync(CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(broker.ConnectTimeout, parts.Clock);
        using var connecting = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        Stream? stream = null;
        try
        {
            stream = await BrokerStream.OpenAsync(broker, connecting.Token);
            _input = PipeReader.Create(
                stream, new StreamPipeReaderOptions(bufferSize: ReadBytes, minimumReadSize: ReadBytes / 4));
            _output = new MqttOutput(PipeWriter.Create(stream), parts.Flow);
            await GreetAsync(connecting.Token);
            return stream;
        }
        catch (Exception exception)
        {
            if (stream is not null) await stream.DisposeAsync();
            if (exception is OperationCanceledException && limit.IsCancellationRequested
                && !stop.IsCancellationRequested)
                throw new TimeoutException($"No CONNACK within {broker.ConnectTimeout}.", exception);
            throw;
        }
    }

    void Fail(Exception fault)
    {
        Interlocked.CompareExchange(ref _fault, fault, null);
        _ending.Cancel();
    }

    async Task GreetAsync(CancellationToken stop)
    {
        var connect = new ConnectPacket
        {
            Version = Version,
            CleanStart = false,
            KeepAlive = (ushort)broker.KeepAlive.TotalSeconds,
            ClientId = broker.ClientId,
            Username = broker.Username,
            Password = broker.Password is { } password
                ? Encoding.UTF8.GetBytes(password).AsMemory()
                : (ReadOnlyMemory<byte>?)null,
            Properties = broker.Mqtt5
                ? new MqttProperties([
                    new(PropertyId.SessionExpiryInterval, uint.MaxValue),
                    new(PropertyId.ReceiveMaximum, (uint)broker.ReceiveMaximum),
                    new(PropertyId.MaximumPacketSize, (uint)broker.MaxPacketBytes)])
                : MqttProperties.None,
        };
        await _output.SendAsync(connect, static (writer, packet) => packet.Write(writer), stop);
        _answer = await ReadConnAckAsync(stop);
        if (_answer.Code != 0) throw new BrokerRefusedException($"CONNECT was refused with code {_answer.Code}.");
        var subscribe = new SubscribePacket(
            SubscribeId, [.. broker.Topics.Select(filter => new Subscription(filter, 1, 0))], MqttProperties.None);
        await _output.SendAsync(
            (subscribe, Version), static (writer, work) => work.subscribe.Write(writer, work.Version), stop);
    }

    async Task<ConnAckPacket> ReadConnAckAsync(CancellationToken stop)
    {
        while (true)
        {
            var result = await _input.ReadAsync(stop);
            var buffer = result.Buffer;
            var before = buffer.Length;
            var examined = buffer.End;
            try
            {
                if (MqttFraming.TryRead(ref buffer, broker.MaxPacketBytes, Version, out var frame))
                {
                    examined = buffer.Start;
                    if (frame.Type != PacketType.ConnAck)
                        throw MqttProtocolException.Protocol($"{frame.Type} before CONNACK.");
                    return ConnAckPacket.Read(frame.Contiguous(), Version);
                }
            }
            finally
            {
                parts.Flow.Received(before - buffer.Length, 0);
                _input.AdvanceTo(buffer.Start, examined);
            }
            if (result.IsCompleted) throw new IOException("The broker closed before CONNACK.");
        }
    }

    TimeSpan KeepAlive =>
        _answer.Properties.Number(PropertyId.ServerKeepAlive) is { } seconds
            ? TimeSpan.FromSeconds(seconds)
            : broker.KeepAlive;

    async Task ServeAsync(BrokerReader reader, CancellationToken stop)
    {
        var deliveries = new Deliveries(
            Version, new InFlightWindow(broker.ReceiveMaximum, broker.InFlightBytes), _output, parts.Flow);
        _deliveries = deliveries;
        using var working = new CancellationTokenSource(Timeout.InfiniteTimeSpan, parts.Clock);
        var limit = KeepAlive > TimeSpan.Zero ? KeepAlive : Timeout.InfiniteTimeSpan;
        using var watch = new IdleWatch(
            parts.Clock, limit, () => Fail(new TimeoutException($"Connected but silent for {limit}.")));
        _watch = watch;
        var delivering = DeliverAsync(deliveries, working.Token);
        var pinging = PingAsync(KeepAlive / 2);
        try
        {
            await reader.ReadAsync(_input, deliveries, watch, _ending.Token);
        }
        finally
        {
            if (stop.IsCancellationRequested) working.CancelAfter(FinishLimit);
            else await working.CancelAsync();
            deliveries.Complete();
            await delivering;
            await _ending.CancelAsync();
            await pinging;
            if (stop.IsCancellationRequested) await SayGoodbyeAsync();
        }
    }

    async Task DeliverAsync(Deliveries deliveries, CancellationToken stop)
    {
        try
        {
            await deliveries.RunAsync(PutAsync, static (_, _) => { }, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What is not acknowledged comes again with the next connection.
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    // A message that belongs to nobody must be acknowledged, or it would block the broker's window and come back for
    // ever: it is kept in the quarantine first.
    ValueTask<Task<IngestReceipt>> PutAsync(Delivery delivery, CancellationToken stop)
    {
        (delivery.Gateway, delivery.Dialect) = parts.Topics.Route(delivery.Publish.Topic.Span, broker.Gateway);
        delivery.IsKept = delivery.Publish.Retain;
        if (delivery.Gateway is { } gateway)
        {
            parts.Intake.Seen(gateway, delivery.ArrivedAt);
            if (delivery.Refusal is { } tooLarge) parts.Intake.Fault(gateway, delivery.ArrivedAt, tooLarge.Detail);
            return parts.Intake.PutAsync(sink, delivery, stop);
        }
        var topic = Shown.Text(delivery.Publish.Topic.Span);
        var detail = $"The topic {topic} is not the readings topic of a gateway in the registry.";
        return MqttIntake.RefuseAsync(
            sink, delivery, $"mqtt:{broker.Name}",
            delivery.Refusal ?? new Refusal(0, RefusalCodes.NotThisGateway, detail), stop);
    }

    async Task PingAsync(TimeSpan period)
    {
        if (period <= TimeSpan.Zero) return;
        using var timer = new PeriodicTimer(period, parts.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
                await _output.PingAsync(PacketType.PingReq, _ending.Token);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The connection ends.
        }
        catch (IOException exception)
        {
            Fail(exception);
        }
    }

    async Task SayGoodbyeAsync()
    {
        using var limit = new CancellationTokenSource(FinishLimit, parts.Clock);
        try
        {
            var packet = new DisconnectPacket(PacketType.Disconnect, ReasonCode.Success, MqttProperties.None);
            await _output.SendAsync(
                (packet, Version), static (writer, work) => work.packet.Write(writer, work.Version), limit.Token);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // It is gone already: nobody is left to say goodbye to.
        }
    }
}
