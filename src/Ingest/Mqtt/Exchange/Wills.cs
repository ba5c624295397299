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
        var dialect = intake.Registry.Current.Gateway(of.Gateway)?.Dialect is { } name ? dialects?.Find(name) : null;
        // As of any message: one that names no gateway is retained in nobody's place.
        var isNobodys = dialect is not null && dialect.Claims(Encoding.UTF8.GetBytes(will.Topic), out var named) && named.IsEmpty;
        var said = will with { Retain = will.Retain && !isNobodys };
        var isRetained = isAmongReadings || exchange.Publish(ClientMessage.Of(said, of, clock)).IsRetained;
        if (of.Gateway.Length == 0) return;
        if (dialect is { NeedsHost: true }) intake.TakeWill(of.Gateway, dialect, will, clock.Now());
        var words = will.Payload.IsEmpty ? "nothing" : Shown.Text(will.Payload.Span);
        intake.NotesOf(of.Gateway).Happened(LinkEventKind.WillSaid, clock.Now(), "will", words);
        var kept = isRetained ? "" : " There is no room to retain it.";
        intake.Fault(
            of.Gateway, clock.Now(), $"It went without a word; its will for {Shown.Text(will.Topic)} says {words}.{kept}");
    }
}
