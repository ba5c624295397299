using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// What clients asked to have said when they go without a word. It goes to whoever subscribed, and becomes what the
/// officer sees of the gateway. It is never a reading, whatever its topic.
/// </summary>
sealed class Wills(MessageExchange exchange, MqttIntake intake, TimeProvider clock)
{
    public void Publish(SessionKey of, MqttWill will)
    {
        var outcome = exchange.Publish(ClientMessage.Of(will, of, clock));
        if (of.Gateway.Length == 0) return;
        var said = will.Payload.IsEmpty ? "nothing" : Shown.Text(will.Payload.Span);
        intake.NotesOf(of.Gateway).Happened(LinkEventKind.WillSaid, clock.Now(), "will", said);
        var kept = outcome.IsRetained ? "" : " There is no room to retain it.";
        intake.Fault(
            of.Gateway, clock.Now(), $"It went without a word; its will for {Shown.Text(will.Topic)} says {said}.{kept}");
    }
}
