using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.ObjectPool;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Messages of one connection that go into the sink in one go and share a ticket. Ownership as of <see
/// cref="Delivery"/>: it is used again when the last of its messages is acknowledged; one whose ticket failed, or that
/// nobody waited for, is left to the garbage collector, since the sink may still look at its list.
/// </summary>
sealed class MessageGroup : IResettable
{
    const int LargestKept = 1024;

    public static ObjectPool<MessageGroup> Pool { get; } =
        new DefaultObjectPool<MessageGroup>(new DefaultPooledObjectPolicy<MessageGroup>(), 256);

    /// <summary>What each message holds, by its place.</summary>
    public List<IngestBatch> Batches { get; } = [];

    public Task<IngestReceipt>? Ticket { get; set; }

    /// <summary>Messages that are not acknowledged yet.</summary>
    public int Open { get; set; }

    public bool TryReset()
    {
        Batches.Clear();
        Ticket = null;
        Open = 0;
        return Batches.Capacity <= LargestKept;
    }
}

/// <summary>
/// Stands before the sink for as long as messages are there to be put, and puts them in one go. Only for who puts each
/// message once at most and hands the ticket back as it is, unseen: it is not a ticket yet.
/// </summary>
sealed class GatheringSink(IReadingSink sink) : IReadingSink
{
    /// <summary>So many messages share a ticket at most.</summary>
    public const int MostTogether = 256;

    static readonly Task<IngestReceipt> Later = new TaskCompletionSource<IngestReceipt>().Task;

    MessageGroup? _group;
    int _messages;
    int _room;

    /// <summary>True where the next message must wait for <see cref="PutAllAsync"/>.</summary>
    public bool IsFull => _messages >= MostTogether || _room >= sink.Turn;

    public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop)
    {
        _group ??= MessageGroup.Pool.Get();
        _group.Batches.Add(batch);
        _room += Ticket.RoomFor(batch);
        return ValueTask.FromResult(Later);
    }

    /// <summary>Gives the message its ticket, or its place in the group whose ticket is to come.</summary>
    public void Keep(Delivery delivery, Task<IngestReceipt> ticket)
    {
        if (!ReferenceEquals(ticket, Later))
        {
            delivery.Ticket = ticket;
            return;
        }
        if (_group!.Batches.Count != ++_messages)
            throw new InvalidOperationException("A message was put into the sink twice, where it may be put once.");
        (delivery.Group, delivery.Place) = (_group, _messages - 1);
    }

    /// <summary>Puts what has gathered, and gives it its ticket.</summary>
    public async ValueTask PutAllAsync(CancellationToken stop)
    {
        if (_group is not { } group) return;
        (group.Open, _group, _messages, _room) = (_messages, null, 0, 0);
        group.Ticket = await sink.PutAllAsync(group.Batches, stop);
    }
}
