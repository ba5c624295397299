using System.Collections.Concurrent;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Notices;

/// <param name="Waiting">Not taken this time, or not ready to be sent; tried again later.</param>
public sealed record NoticeDeliveryOutcome(int Delivered, int Waiting, int GivenUp);

/// <summary>
/// Sends what is due in the outbox, several at a time, each delivery on its own: what one receiver does never stops the
/// others. Every attempt is recorded. A store that fails ends the run; what was not recorded is due again after its
/// lease, and receivers tell a repetition by its id.
/// </summary>
public sealed class NoticeDelivery(
    INoticeOutbox outbox, IRegistry registry, NoticeChannels channels, TimeProvider clock,
    ILogger<NoticeDelivery> logger)
{
    // How many each sender is given at a time: few enough that the last is tried well before its lease is over, even
    // where every receiver takes half a minute not to answer.
    const int Rounds = 10;

    public async Task<NoticeDeliveryOutcome> RunAsync(CancellationToken stop)
    {
        var states = new ConcurrentBag<DeliveryState>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = channels.Concurrency, CancellationToken = stop };
        var batch = channels.Concurrency * Rounds;
        IReadOnlyList<Delivery> due;
        do
        {
            due = await outbox.DueAsync(clock.Now(), batch, stop);
            await Parallel.ForEachAsync(
                due, options, async (delivery, token) => states.Add(await TryAsync(delivery, token)));
        }
        while (due.Count == batch);
        return new NoticeDeliveryOutcome(
            states.Count(state => state == DeliveryState.Delivered),
            states.Count(state => state == DeliveryState.Waiting),
            states.Count(state => state == DeliveryState.GivenUp));
    }

    async Task<DeliveryState> TryAsync(Delivery delivery, CancellationToken stop)
    {
        var sender = channels[delivery.Channel];
        if (sender.NotReady is { } why)
        {
            var later = new DeliveryAttempt(
                delivery.Id, clock.Now(), false, why, clock.Now() + DeliverySchedule.Unready, Counted: false);
            await outbox.RecordAsync(later, DeliveryState.Waiting, stop);
            return DeliveryState.Waiting;
        }
        var notice = await outbox.FindAsync(delivery.NoticeId, stop);
        var fault = notice is null
            ? new NotTakenException("the notice it belongs to is not there", hopeless: true)
            : await SendAsync(sender, delivery, notice, stop);
        return await RecordAsync(delivery, notice?.Number ?? delivery.NoticeId, fault);
    }

    // The one catch: whatever a receiver or its transport does is the outcome of this delivery and of nothing else.
    async Task<Exception?> SendAsync(INoticeSender sender, Delivery delivery, Notice notice, CancellationToken stop)
    {
        try
        {
            var address = registry.Current.Addresses.FirstOrDefault(one =>
                one.Institution == notice.Institution && one.Channel == delivery.Channel
                    && one.Address == delivery.Address)
                ?? throw new NotTakenException("the address is no longer registered with the institution", true);
            await sender.SendAsync(new Parcel(delivery, notice, address.Secret), stop);
            return null;
        }
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            return fault;
        }
    }

    // Recorded even when we are asked to stop meanwhile: it was sent, and forgetting that would send it again.
    async Task<DeliveryState> RecordAsync(Delivery delivery, string number, Exception? fault)
    {
        var now = clock.Now();
        var attempts = delivery.Attempts + 1;
        var next = fault is null or NotTakenException { Hopeless: true } ? null : DeliverySchedule.After(attempts, now);
        var state = fault is null ? DeliveryState.Delivered
            : next is null ? DeliveryState.GivenUp
            : DeliveryState.Waiting;
        var attempt = new DeliveryAttempt(delivery.Id, now, fault is null, fault?.Message, next);
        await outbox.RecordAsync(attempt, state, CancellationToken.None);
        NoticeMetrics.Count(delivery.Channel, state);
        if (state == DeliveryState.Delivered) logger.Delivered(number, delivery.Channel, delivery.Id);
        else if (state == DeliveryState.GivenUp)
            logger.GivenUp(number, delivery.Channel, delivery.Id, attempts, fault!.Message);
        else logger.NotTaken(number, delivery.Channel, delivery.Id, attempts, fault!.Message);
        return state;
    }
}
