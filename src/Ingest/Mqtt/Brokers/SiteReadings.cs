using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>What we want at a site's broker: the readings of the gateways behind it.</summary>
sealed class SiteReadings(BrokerOptions broker, MqttIntake intake, DialectRouter router) : IBrokerPurpose
{
    readonly string _way = $"broker:{broker.Name}";

    public bool ForgetsSession => false;

    public bool HearsItself => false;

    public MqttWill? Will() => null;

    public async Task<IReadOnlyList<string>> FiltersAsync(IReadOnlyList<string>? known, CancellationToken stop)
    {
        while (true)
        {
            var seen = intake.Registry.Current.Version;
            var filters = Filters();
            if (known is null || !filters.ToHashSet().SetEquals(known)) return filters;
            await intake.Registry.NewerThanAsync(seen, stop);
        }
    }

    IReadOnlyList<string> Filters() =>
        broker.Topics.Count > 0 ? broker.Topics : [OwnTopics.ReadingsOfAll, .. router.Filters(broker.Gateway)];

    public ValueTask ArrivedAsync(IBrokerOutlet outlet, CancellationToken stop)
    {
        intake.WayChanged(_way, isUp: true, null);
        return default;
    }

    public void Lost(string why) => intake.WayChanged(_way, isUp: false, why);

    public ValueTask LeavingAsync(IBrokerOutlet outlet, CancellationToken stop) => default;

    // A message that belongs to nobody must be acknowledged, or it would block the broker's window and come back for
    // ever: it is kept in the quarantine first.
    public ValueTask<Task<IngestReceipt>> PutAsync(IReadingSink sink, Delivery delivery, CancellationToken stop)
    {
        (delivery.Gateway, delivery.Dialect) = router.Route(delivery.Publish.Topic.Span, broker.Gateway);
        delivery.IsKept = delivery.Publish.Retain;
        if (delivery.Gateway is { } gateway)
        {
            // What the broker kept from before is no sign of life.
            if (!delivery.IsKept && !delivery.IsQueued)
                intake.NotesOf(gateway).HeardBy(_way, delivery.ArrivedAt, delivery.Publish.Payload.Length);
            if (delivery.Refusal is { } tooLarge) intake.Fault(gateway, delivery.ArrivedAt, tooLarge.Detail);
            return intake.PutAsync(sink, delivery, stop);
        }
        Sighted(delivery);
        var topic = Shown.Text(delivery.Publish.Topic.Span);
        var detail = $"The topic {topic} is not the readings topic of a gateway in the registry.";
        return MqttIntake.RefuseAsync(
            sink, delivery, $"mqtt:{broker.Name}",
            delivery.Refusal ?? new Refusal(0, RefusalCodes.NotThisGateway, detail), stop);
    }

    void Sighted(Delivery delivery)
    {
        var topic = Encoding.UTF8.GetString(delivery.Publish.Topic.Span);
        var (name, dialect) = router.Catalog.Guess(topic);
        if (name is not null) intake.Sighted(_way, name, delivery.ArrivedAt, dialect: dialect?.Name, topic: topic);
    }

    public void Settled(Delivery delivery, IngestReceipt? receipt) { }
}
