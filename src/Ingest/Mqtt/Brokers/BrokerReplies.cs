using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// The way back to gateways behind a broker. Acknowledgements never wait for a reply to be taken: replies wait here, some
/// are on the way at once, in their order, and what cannot be said soon is given up, counted and shown. Its gateway asks
/// again.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore without a wait handle has nothing to free.")]
sealed class BrokerReplies(BrokerOptions broker, IBrokerOutlet outlet, ClientParts parts) : IReplyWay
{
    const int MostWaiting = 1024;

    /// <summary>As many as go out before the broker has answered for the first; it may take fewer.</summary>
    const int MostAtOnce = BrokerTerms.MostUnacknowledged;

    /// <summary>Gateways that get no answer ask again within some ten seconds.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, SingleWriter = true });
    readonly SemaphoreSlim _places = new(MostAtOnce, MostAtOnce);
    volatile bool _isShown;

    public ValueTask SendAsync(DialectReply reply, CancellationToken stop)
    {
        if (!_waiting.Writer.TryWrite(new Waiting(reply, parts.Clock.GetTimestamp())))
            GiveUp(reply, $"{MostWaiting} wait before it.");
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends what waits until stopped. What is on the way then may still be answered on the next connection.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await _places.WaitAsync(stop);
            var isOnTheWay = false;
            try
            {
                var (reply, since) = await _waiting.Reader.ReadAsync(stop);
                isOnTheWay = true;
                _ = SendOneAsync(reply, parts.Clock.GetElapsedTime(since));
            }
            finally
            {
                if (!isOnTheWay) _places.Release();
            }
        }
    }

    // Nobody waits for it: whatever goes wrong with it is its own, and is shown here.
    async Task SendOneAsync(DialectReply reply, TimeSpan waited)
    {
        try
        {
            if (waited > (reply.Qos == 0 ? DialectReply.OldAfter : Patience))
            {
                GiveUp(reply, $"It waited for {waited}.");
                return;
            }
            var payload = reply.PayloadAt(parts.Clock.Now());
            var answer = await outlet.PublishAsync(
                reply.Topic, payload, Math.Min(1, reply.Qos), reply.Retain, CancellationToken.None);
            if ((byte)answer >= 0x80) parts.Log.BrokerRefusesReply(broker.Name, reply.Topic, answer);
            else _isShown = false;
        }
        catch (Exception exception)
        {
            GiveUp(reply, exception.Message);
        }
        finally
        {
            _places.Release();
        }
    }

    // The first of several in a row is shown, all are counted.
    void GiveUp(DialectReply reply, string why)
    {
        parts.Flow.ReplyForgotten();
        if (_isShown) return;
        _isShown = true;
        parts.Log.BrokerReplyGivenUp(broker.Name, reply.Topic, why);
    }

    readonly record struct Waiting(DialectReply Reply, long Since);
}
