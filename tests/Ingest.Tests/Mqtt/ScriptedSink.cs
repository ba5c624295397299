using System.Collections.Concurrent;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>
/// A sink under the test's hand: it stores at once, or holds tickets back, or lets nobody in, or fails.
/// </summary>
sealed class ScriptedSink : IReadingSink
{
    readonly ConcurrentQueue<(IngestBatch Batch, TaskCompletionSource<IngestReceipt> Ticket)> _held = new();
    readonly ConcurrentQueue<IngestBatch> _taken = new();
    TaskCompletionSource _door = Opened();

    /// <summary>Tickets complete only with <see cref="StoreNext"/> or <see cref="StoreAll"/>.</summary>
    public bool Holds { get; set; }

    public Func<IngestBatch, Exception?>? Fault { get; set; }

    public IReadOnlyList<IngestBatch> Taken => [.. _taken];

    public IReadOnlyList<Reading> Readings => [.. _taken.SelectMany(batch => batch.Readings)];

    public int Held => _held.Count;

    public void CloseDoor() => _door = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void OpenDoor() => _door.TrySetResult();

    public async ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch lent, CancellationToken stop)
    {
        await _door.Task.WaitAsync(stop);
        // Its sender decodes the next message into it once the ticket is completed; the test looks longer.
        var batch = lent with
        {
            Readings = [.. lent.Readings], Indexes = [.. lent.Indexes], Refusals = [.. lent.Refusals],
            Payload = lent.Payload.ToArray(),
        };
        _taken.Enqueue(batch);
        if (Fault?.Invoke(batch) is { } fault) return Task.FromException<IngestReceipt>(fault);
        if (!Holds) return Task.FromResult(Receipt(batch));
        var ticket = new TaskCompletionSource<IngestReceipt>(TaskCreationOptions.RunContinuationsAsynchronously);
        _held.Enqueue((batch, ticket));
        return ticket.Task;
    }

    /// <summary>Completes the ticket at this place of those held, first is 0; the others stay in their order.</summary>
    public void Store(int place)
    {
        var (batch, ticket) = _held.ElementAt(place);
        ticket.TrySetResult(Receipt(batch));
    }

    public void StoreAll()
    {
        Holds = false;
        while (_held.TryDequeue(out var held)) held.Ticket.TrySetResult(Receipt(held.Batch));
    }

    public void FailAll()
    {
        while (_held.TryDequeue(out var held)) held.Ticket.TrySetException(new NotStoredException("the disk is full"));
    }

    static IngestReceipt Receipt(IngestBatch batch) =>
        new(batch.Readings.Count + batch.Refusals.Count, batch.Readings.Count, batch.Refusals);

    static TaskCompletionSource Opened()
    {
        var door = new TaskCompletionSource();
        door.SetResult();
        return door;
    }
}
