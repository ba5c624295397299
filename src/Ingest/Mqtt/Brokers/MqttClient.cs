using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>What every client works with.</summary>
sealed record ClientParts
{
    public required MqttFlow Flow { get; init; }
    public required TimeProvider Clock { get; init; }
    public required ILogger Log { get; init; }
}

/// <summary>
/// One connection to an outside broker, from CONNECT to its end. Messages are acknowledged in order, after the receipt.
/// Its keep-alive runs on a timer of its own: a full store holds up reading, never the PINGREQ.
/// </summary>
[SuppressMessage("Reliability", "CA1001",
    Justification = "A timer may come when it is over already; no wait handle is taken.")]
sealed class MqttClient(
    BrokerOptions broker, MqttVersion version, IBrokerPurpose purpose, BrokerSession session, ClientParts parts)
{
    /// <summary>Large reads: a broker that pours needs few of them, and each is answered with one write.</summary>
    const int ReadBytes = 64 * 1024;

    static readonly TimeSpan FinishLimit = TimeSpan.FromSeconds(2);

    readonly CancellationTokenSource _ending = new();
    Exception? _fault;
    PipeReader _input = PipeReader.Create(Stream.Null);
    MqttOutput _output = new(PipeWriter.Create(Stream.Null), parts.Flow);
    Deliveries? _deliveries;
    BrokerLink? _link;

    /// <summary>Messages between receipt and acknowledgement.</summary>
    public int InFlight => _deliveries?.Count ?? 0;

    /// <summary>True while the window is full and we take no message.</summary>
    public bool IsHeldBack => _link?.HoldBack.IsOn ?? false;

    /// <summary>
    /// Receives until stopped; then what is in flight may finish within a bound, and we say goodbye. Ends otherwise
    /// only by throwing the reason: lost, refused, silent, not stored. Or when it has only thrown away an old session.
    /// </summary>
    /// <param name="greeted">Called when the broker has accepted us.</param>
    /// <param name="connected">Called when the subscriptions are granted.</param>
    public async Task RunAsync(
        IReadingSink sink, Action<BrokerTerms> greeted, Action<BrokerTerms> connected, CancellationToken stop)
    {
        try
        {
            // 3.1.1 knows a clean session only from beginning to end (§3.1.2.4): one to throw away, and then our own.
            var onlyForgets = version == MqttVersion.V311 && session.MustForget && !purpose.ForgetsSession;
            var (stream, terms) = await ConnectAsync(stop);
            await using var connection = stream;
            greeted(terms);
            if (onlyForgets) await SayGoodbyeAsync();
            else await ServeAsync(sink, terms, () => connected(terms), stop);
        }
        catch (OperationCanceledException) when (_fault is not null)
        {
            throw _fault;
        }
    }

    async Task<(Stream Stream, BrokerTerms Terms)> ConnectAsync(CancellationToken stop)
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
            var greeting = new BrokerGreeting(broker, version, parts);
            var connect = greeting.Connect(
                purpose.ForgetsSession || session.MustForget, purpose.ForgetsSession, purpose.Will());
            await _output.SendAsync(connect, static (writer, packet) => packet.Write(writer), connecting.Token);
            return (stream, await greeting.HearAsync(_input, connecting.Token));
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

    async Task ServeAsync(IReadingSink sink, BrokerTerms terms, Action connected, CancellationToken stop)
    {
        var link = _link = new BrokerLink(terms, _output, _ending.Token);
        var deliveries = _deliveries = new Deliveries(
            terms.Version, new InFlightWindow(broker.ReceiveMaximum, broker.InFlightBytes), _output, parts.Flow)
        { ReplyWay = session.Replies, RefusesExcess = false };
        var limit = terms.KeepAlive > TimeSpan.Zero ? terms.KeepAlive : Timeout.InfiniteTimeSpan;
        using var watch = new IdleWatch(
            parts.Clock, limit, () => Fail(new TimeoutException($"Connected but silent for {limit}.")));
        using var silence = new IdleWatch(
            parts.Clock, Timeout.InfiniteTimeSpan, () => Fail(new BrokerSilentException(broker.SilenceLimit)));
        var talk = new BrokerTalk
        {
            Broker = broker, Session = session, Link = link, Deliveries = deliveries, Watch = watch, Silence = silence,
            Subscriptions = new BrokerSubscriptions(broker, purpose, session, link, parts), Parts = parts,
            Backlog = new BrokerBacklog(terms.SessionPresent),
        };
        var reader = new BrokerReader(_input, talk);
        using var working = new CancellationTokenSource(Timeout.InfiniteTimeSpan, parts.Clock);
        Task[] work =
        [
            DeliverAsync(sink, deliveries, working.Token), LeaveAsync(stop),
            BesideAsync(() => FollowAsync(talk, connected)), BesideAsync(() => PingAsync(talk, terms.KeepAlive / 2)),
            BesideAsync(() => session.Replies.RunAsync(_ending.Token)),
        ];
        try
        {
            await reader.ReadAsync(_ending.Token);
        }
        finally
        {
            session.Publisher.Detach(purpose.ForgetsSession || stop.IsCancellationRequested);
            if (stop.IsCancellationRequested) working.CancelAfter(FinishLimit);
            else await working.CancelAsync();
            deliveries.Complete();
            await work[0];
            await _ending.CancelAsync();
            await Task.WhenAll(work);
            if (stop.IsCancellationRequested) await SayGoodbyeAsync();
        }
    }

    async Task DeliverAsync(IReadingSink sink, Deliveries deliveries, CancellationToken stop)
    {
        try
        {
            await deliveries.RunAsync(sink, purpose.PutAsync, purpose.Settled, stop);
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

    async Task FollowAsync(BrokerTalk talk, Action connected)
    {
        await session.Publisher.AttachAsync(talk.Link);
        await talk.Subscriptions.FollowAsync(async () =>
        {
            if (broker.SilenceLimit > TimeSpan.Zero) talk.Silence.Restart(broker.SilenceLimit);
            connected();
            await purpose.ArrivedAsync(session.Publisher, _ending.Token);
            await session.Drops.AskAsync(talk.Subscriptions, _ending.Token);
        }, _ending.Token);
    }

    // More often until it is known that the broker has sent what it kept for us.
    async Task PingAsync(BrokerTalk talk, TimeSpan period)
    {
        if (period <= TimeSpan.Zero) period = Timeout.InfiniteTimeSpan;
        var isQuick = !talk.Backlog.IsOver && (period < TimeSpan.Zero || period > BrokerBacklog.Pause);
        using var timer = new PeriodicTimer(isQuick ? BrokerBacklog.Pause : period, parts.Clock);
        while (await timer.WaitForNextTickAsync(_ending.Token))
        {
            if (isQuick && talk.Backlog.IsOver)
            {
                (isQuick, timer.Period) = (false, period);
                continue;
            }
            await _output.SendAsync(
                talk, static (output, talk) =>
                {
                    talk.Backlog.Asked(talk.Deliveries.Acknowledged);
                    MqttPing.Write(output, PacketType.PingReq);
                }, _ending.Token);
        }
    }

    /// <summary>What runs beside the reading: its fault is the connection's, and ends it.</summary>
    async Task BesideAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The connection ends.
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    // Last words are said, and the answers to them heard, before reading stops.
    async Task LeaveAsync(CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _ending.Token);
        await Task.Delay(Timeout.InfiniteTimeSpan, parts.Clock, either.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_ending.IsCancellationRequested) return;
        using var limit = new CancellationTokenSource(FinishLimit, parts.Clock);
        try
        {
            await purpose.LeavingAsync(session.Publisher, limit.Token);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            parts.Log.BrokerLastWordsUnheard(broker.Name, exception.Message);
        }
        await _ending.CancelAsync();
    }

    async Task SayGoodbyeAsync()
    {
        using var limit = new CancellationTokenSource(FinishLimit, parts.Clock);
        try
        {
            var packet = new DisconnectPacket(PacketType.Disconnect, ReasonCode.Success, MqttProperties.None);
            await _output.SendAsync(
                (packet, version), static (writer, work) => work.packet.Write(writer, work.version), limit.Token);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // It is gone already: nobody is left to say goodbye to.
        }
    }
}
