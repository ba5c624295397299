using System.Threading.Channels;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>A message that was held back, decoded in its turn.</summary>
/// <param name="Failures">How often it was not stored while another message was.</param>
/// <param name="IsRefused">True where it goes to the quarantine as it came, since it could not be stored.</param>
sealed record ReleasedMessage(
    EdgeNode Node, SparkplugMessage Message, IngestBatch Batch, int Failures = 0, bool IsRefused = false)
{
    /// <summary>The same, for the quarantine.</summary>
    public ReleasedMessage Refused(string reason) => this with
    {
        IsRefused = true, Failures = 0,
        Batch = new IngestBatch(
            Node.Name.Source, Message.ArrivedAt, [], [], [new Refusal(0, RefusalCodes.RejectedByStore, reason)],
            Message.FormatOf(Node.Name), Message.Payload),
    };
}

/// <summary>
/// What was held back and has been let go, on its way into the store. At QoS 0 nobody sends it again: it is offered until
/// it is stored, with all that waits, so that one commit takes many and one that fails delays no other. One that fails
/// where others are stored goes to the quarantine, and is dropped with a fault where that fails too. How much may wait is
/// bounded by its room, which is given back here.
/// </summary>
sealed class ReleasedMessages(HostParts parts, HeldRoom room)
{
    const int MostTogether = 1024;
    const int MostFailures = 3;

    static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(1);

    readonly Channel<ReleasedMessage> _messages = Channel.CreateUnbounded<ReleasedMessage>();

    public void Add(ReleasedMessage message)
    {
        if (message.Batch.Received == 0) Done(message);
        else _messages.Writer.TryWrite(message);
    }

    /// <summary>Stores until stopped.</summary>
    public async Task RunAsync(IReadingSink sink, CancellationToken stop)
    {
        var waiting = new List<ReleasedMessage>();
        while (true)
        {
            if (waiting.Count == 0) await _messages.Reader.WaitToReadAsync(stop);
            else await Task.Delay(PauseAfterFault, parts.Clock, stop);
            for (var more = 0; more < MostTogether && _messages.Reader.TryRead(out var message); more++)
                waiting.Add(message);
            waiting = await RoundAsync(sink, waiting, stop);
        }
    }

    /// <summary>Offers all of these; answers those that are to be offered again.</summary>
    async Task<List<ReleasedMessage>> RoundAsync(
        IReadingSink sink, List<ReleasedMessage> messages, CancellationToken stop)
    {
        var tickets = new List<Task<IngestReceipt>>(messages.Count);
        foreach (var message in messages) tickets.Add(await PutAsync(sink, message.Batch, stop));
        var failed = new List<(ReleasedMessage Message, Exception Fault)>();
        foreach (var (message, ticket) in messages.Zip(tickets))
        {
            try
            {
                await ticket.WaitAsync(stop);
                Done(message);
            }
            catch (Exception fault) when (!stop.IsCancellationRequested)
            {
                failed.Add((message, fault));
            }
        }
        var isOutage = failed.Count == messages.Count;
        return [.. failed.Select(one => isOutage ? one.Message : AfterFailure(one.Message, one.Fault))
            .OfType<ReleasedMessage>()];
    }

    // What fails is said with the tickets, for each message of its own.
    static async ValueTask<Task<IngestReceipt>> PutAsync(IReadingSink sink, IngestBatch batch, CancellationToken stop)
    {
        try
        {
            return await sink.PutAsync(batch, stop);
        }
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            return Task.FromException<IngestReceipt>(fault);
        }
    }

    /// <summary>What is offered next in its place; null where it is dropped.</summary>
    ReleasedMessage? AfterFailure(ReleasedMessage message, Exception fault)
    {
        if (message.Failures + 1 < MostFailures) return message with { Failures = message.Failures + 1 };
        var name = message.Node.Name;
        if (!message.IsRefused) return message.Refused($"It was held back in the sequence and cannot be stored: {fault.Message}");
        Done(message);
        parts.Metrics.Dropped();
        parts.Log.EdgeNodeMessageDropped(fault, $"{name}", name.Gateway);
        parts.Intake.Fault(
            name.Gateway, parts.Clock.Now(),
            $"A message of edge node {name} could neither be stored nor quarantined and is lost: {fault.Message}");
        return null;
    }

    void Done(ReleasedMessage message) => room.Free(message.Node.Share, message.Message.Payload.Length);
}
