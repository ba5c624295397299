using System.Text;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// What clients asked to have said when they go without a word. It goes to whoever subscribed, and becomes what the
/// officer sees of the gateway. It is never a reading, whatever its topic.
/// </summary>
sealed class Wills(MessageExchange exchange, MqttIntake intake, TimeProvider clock, DialectCatalog? dialects = null)
{
    public void Publish(SessionKey of, MqttWill will)
    {
        // Whoever listens to readings takes what comes there for stored ones.
        var isAmongReadings = OwnTopics.GatewayIn(Encoding.UTF8.GetBytes(will.Topic)).Length > 0;
        var isRetained = isAmongReadings || exchange.Publish(ClientMessage.Of(will, of, clock)).IsRetained;
        if (of.Gateway.Length == 0) return;
        if (intake.Registry.Current.Gateway(of.Gateway)?.Dialect is { } name && dialects?.Find(name) is { NeedsHost: true } dialect)
            intake.TakeWill(of.Gateway, dialect, will, clock.Now());
        var said = will.Payload.IsEmpty ? "nothing" : Shown.Text(will.Payload.Span);
        intake.NotesOf(of.Gateway).Happened(LinkEventKind.WillSaid, clock.Now(), "will", said);
        var kept = isRetained ? "" : " There is no room to retain it.";
        intake.Fault(
            of.Gateway, clock.Now(), $"It went without a word; its will for {Shown.Text(will.Topic)} says {said}.{kept}");
    }
}
