using System.Collections.Concurrent;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// What one connection is subscribed to: all that its purpose wants, and when that changes, only the difference. Waits
/// for the broker's word on each filter; one that it refuses is shown and the others go on.
/// </summary>
sealed class BrokerSubscriptions(
    BrokerOptions broker, IBrokerPurpose purpose, BrokerSession session, BrokerLink link, ClientParts parts)
{
    /// <summary>Filters of one SUBSCRIBE at most: brokers have their own limits, and none is known to be smaller.</summary>
    const int MostFilters = 50;

    readonly ConcurrentDictionary<ushort, TaskCompletionSource<SubAckPacket>> _asked = new();
    readonly HashSet<string> _refused = [];

    /// <summary>Subscribes, tells that it did, and then follows the wishes until stopped.</summary>
    /// <exception cref="BrokerRefusedException">Not one filter was granted.</exception>
    public async Task FollowAsync(Func<Task> granted, CancellationToken stop)
    {
        var wanted = await purpose.FiltersAsync(null, stop);
        await ApplyAsync(wanted, stop);
        if (wanted.Count > 0 && session.Subscribed.Count == 0)
            throw new BrokerRefusedException(string.Join(" ", session.Troubles.Now));
        await granted();
        while (true)
        {
            wanted = await purpose.FiltersAsync(wanted, stop);
            await ApplyAsync(wanted, stop);
        }
    }

    /// <summary>SUBACK or UNSUBACK. One that nothing was asked for with is passed over.</summary>
    public void Answered(SubAckPacket packet)
    {
        if (_asked.TryGetValue(packet.PacketId, out var asked)) asked.TrySetResult(packet);
    }

    /// <summary>Asks for one topic beside the others, at QoS 0; false where the broker will not have it.</summary>
    public async Task<bool> AskForAsync(string filter, CancellationToken stop)
    {
        var answer = await AskAsync(
            id => link.SendAsync(new SubscribePacket(id, [new Subscription(filter, 0, 0)], MqttProperties.None)), 1, stop);
        return answer.Codes.Span[0] < 0x80;
    }

    async Task ApplyAsync(IReadOnlyList<string> filters, CancellationToken stop)
    {
        var wanted = filters.Select(Shared).ToHashSet();
        foreach (var gone in _refused.Except(wanted).ToList()) Forget(gone);
        foreach (var some in session.Subscribed.Except(wanted).Chunk(MostFilters).ToList())
        {
            await AskAsync(id => link.SendAsync(new UnsubscribePacket(id, some, MqttProperties.None)), null, stop);
            session.Subscribed.ExceptWith(some);
        }
        // Version 5 can be told not to send what is retained once more. Older brokers send it at every SUBSCRIBE: they
        // are not told again what they know.
        var asking = _asksAgain ? wanted : wanted.Except(session.Subscribed);
        _asksAgain = false;
        foreach (var some in asking.Chunk(MostFilters).ToList()) await SubscribeAsync(some, stop);
    }

    bool _asksAgain = link.Terms.Version == MqttVersion.V5;

    async Task SubscribeAsync(string[] filters, CancellationToken stop)
    {
        var subscriptions = filters.Select(filter => new Subscription(filter, Math.Min(1, link.Terms.MaximumQos), OptionsOf(filter)));
        var packet = new SubscribePacket(0, [.. subscriptions], MqttProperties.None);
        var answer = await AskAsync(id => link.SendAsync(packet with { PacketId = id }), filters.Length, stop);
        for (var i = 0; i < filters.Length; i++) Judge(filters[i], answer.Codes.Span[i], answer);
    }

    // 5.0 §3.8.3.1: retained messages only where the subscription is new, so that a restart brings no storm of them.
    byte OptionsOf(string filter)
    {
        if (link.Terms.Version != MqttVersion.V5) return 0;
        var noLocal = !purpose.HearsItself && !MqttTopic.IsShared(filter);
        return (byte)(0x10 | (noLocal ? 0x04 : 0));
    }

    string Shared(string filter)
    {
        if (broker.Group is not { } group) return filter;
        if (link.Terms.OffersShared) return $"$share/{group}/{filter}";
        throw new BrokerRefusedException(
            "The broker offers no shared subscriptions: it takes one worker and no share group.",
            ReasonCode.SharedSubscriptionsNotSupported);
    }

    void Judge(string filter, byte code, SubAckPacket answer)
    {
        Forget(filter);
        if (code >= 0x80)
        {
            var why = link.Terms.Version == MqttVersion.V5 ? $"{(ReasonCode)code} (0x{code:x2})" : $"code {code}";
            if (answer.Properties.Text(PropertyId.ReasonString) is { } said) why += $", {Pipeline.Shown.Text(said)}";
            session.Subscribed.Remove(filter);
            _refused.Add(filter);
            session.Troubles.Say(CauseOf(filter), $"The subscription to {filter} was refused with {why}.");
            parts.Log.BrokerRefusesFilter(broker.Name, filter, why);
            return;
        }
        session.Subscribed.Add(filter);
        if (code > 0) return;
        _refused.Add(filter);
        session.Troubles.Say(CauseOf(filter), $"The broker grants QoS 0 only for {filter}: messages can be lost on the way.");
        parts.Log.BrokerGrantsLess(broker.Name, filter);
    }

    void Forget(string filter)
    {
        _refused.Remove(filter);
        session.Troubles.Over(CauseOf(filter));
    }

    static string CauseOf(string filter) => $"filter {filter}";

    async Task<SubAckPacket> AskAsync(Func<ushort, ValueTask> send, int? codes, CancellationToken stop)
    {
        var asked = new TaskCompletionSource<SubAckPacket>(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = session.Ids.Take();
        _asked[id] = asked;
        try
        {
            await send(id);
            var answer = await link.HoldBack.HearAsync(asked.Task, broker.ConnectTimeout, parts.Clock, stop);
            return codes is null || answer.Codes.Length == codes
                ? answer
                : throw MqttProtocolException.Protocol($"SUBACK with {answer.Codes.Length} codes for {codes} filters.");
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"No answer to a subscription within {broker.ConnectTimeout}.", exception);
        }
        finally
        {
            _asked.TryRemove(id, out _);
            session.Ids.Free(id);
        }
    }
}
