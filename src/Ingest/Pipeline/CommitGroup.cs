using System.Buffers;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// The batches that one commit makes durable: screened readings without repeats, the local days they change, and what
/// is quarantined. Of two readings of one series and instant the later one is written, and both share its fate.
/// </summary>
sealed class CommitGroup
{
    readonly IReadOnlyList<Ticket> _tickets;
    readonly RegistrySnapshot _registry;
    readonly List<IngestBatch> _messages;
    readonly List<Refusal>?[] _refused;
    readonly QuarantinedPayload?[] _payloads;
    readonly Dictionary<(int Meter, Quantity Quantity, Instant At), int> _slots;
    readonly List<Origin> _origins;
    readonly List<(int Slot, Origin Origin)> _superseded;
    Reading[] _readings;
    int _unlisted;

    public CommitGroup(IReadOnlyList<Ticket> tickets, RegistrySnapshot registry, Scratch scratch)
    {
        (_tickets, _registry, _messages) = (tickets, registry, scratch.Messages);
        (_slots, _origins, _superseded) = (scratch.Slots, scratch.Origins, scratch.Superseded);
        var count = 0;
        foreach (var ticket in tickets)
            for (var i = 0; i < ticket.Batches.Count; i++)
            {
                _messages.Add(ticket.Batches[i]);
                count += ticket.Batches[i].Readings.Count;
            }
        _refused = new List<Refusal>?[_messages.Count];
        _payloads = new QuarantinedPayload?[_messages.Count];
        _readings = ArrayPool<Reading>.Shared.Rent(count);
    }

    /// <summary>The batches of all tickets, one after the other.</summary>
    public IReadOnlyList<IngestBatch> Messages => _messages;
    public ReadOnlyMemory<Reading> Readings => _readings.AsMemory(0, _origins.Count);
    public HashSet<MeterDay> Days { get; } = [];
    public List<QuarantineItem> Quarantined { get; } = [];

    /// <summary>The series store has it; only the quarantine is still open.</summary>
    public bool IsWritten { get; private set; }

    public void Keep(in Reading reading, int message, int position)
    {
        var origin = new Origin(message, position);
        if (_slots.TryAdd((reading.Series.Meter.Value, reading.Series.Quantity, reading.At), _origins.Count))
        {
            _readings[_origins.Count] = reading;
            _origins.Add(origin);
            return;
        }
        var slot = _slots[(reading.Series.Meter.Value, reading.Series.Quantity, reading.At)];
        _superseded.Add((slot, _origins[slot]));
        _readings[slot] = reading;
        _origins[slot] = origin;
    }

    /// <summary>A reading that does not pass, by its place in its batch.</summary>
    public void Refuse(int message, int position, string code, string reason)
    {
        var batch = _messages[message];
        var reading = batch.Readings[position];
        var meter = _registry.Meter(reading.Series.Meter)?.Code ?? $"number {reading.Series.Meter.Value}";
        var quantity = Enum.IsDefined(reading.Series.Quantity)
            ? reading.Series.Quantity.Key() : $"quantity {(int)reading.Series.Quantity}";
        var refusal = new Refusal(
            batch.Indexes[position], code, $"{meter} {quantity} at {TimeOf(reading.At)}: {reason}");
        (_refused[message] ??= []).Add(refusal);
        Quarantined.Add(PayloadOf(message).Item(refusal, reading, meter));
    }

    /// <summary>What its decoder refused already.</summary>
    public void RefuseDecoded(int message)
    {
        var refusals = _messages[message].Refusals;
        for (var i = 0; i < refusals.Count; i++)
        {
            (_refused[message] ??= []).Add(refusals[i]);
            Quarantined.Add(PayloadOf(message).Item(refusals[i]));
        }
    }

    /// <summary>The store cannot take its only batch: all of it goes to the quarantine, in one piece where its bytes can
    /// be kept as they came, else reading by reading.</summary>
    public void SetAside(string reason)
    {
        IsWritten = true;
        var batch = _messages[0];
        if (batch.Payload.Length is > 0 and <= QuarantinedPayload.MostBytes)
        {
            var refusal = new Refusal(
                batch.Indexes.Count > 0 ? batch.Indexes[0] : 0, RefusalCodes.RejectedByStore,
                batch.Received == 1 ? reason : $"All {batch.Received} items: {reason}");
            _refused[0] = [refusal];
            _unlisted = batch.Received - batch.Unlisted - 1;
            Quarantined.Add(PayloadOf(0).Item(refusal));
            return;
        }
        RefuseDecoded(0);
        for (var i = 0; i < batch.Readings.Count; i++) Refuse(0, i, RefusalCodes.RejectedByStore, reason);
    }

    public void Written(WriteReceipt receipt)
    {
        IsWritten = true;
        foreach (var rejected in receipt.Rejected)
        {
            Reject(_origins[rejected.Index], rejected);
            foreach (var (slot, origin) in _superseded)
                if (slot == rejected.Index) Reject(origin, rejected);
        }
    }

    /// <summary>Gives the memory of the readings back. Not while a store may still look at it.</summary>
    public void Release()
    {
        ArrayPool<Reading>.Shared.Return(_readings);
        _readings = [];
    }

    public void Complete()
    {
        var message = 0;
        foreach (var ticket in _tickets)
        {
            ticket.Receipt = ReceiptOf(message, ticket);
            message += ticket.Batches.Count;
        }
    }

    // Where nothing was refused, the receipt of all is that of each.
    IngestReceipt ReceiptOf(int first, Ticket ticket)
    {
        var count = ticket.Batches.Count;
        if (count == 1) return ReceiptOf(first);
        if (!_refused.AsSpan(first, count).ContainsAnyExcept((List<Refusal>?)null))
            return new IngestReceipt(ticket.Count, ticket.Count, []);
        return IngestReceipt.Of([.. Enumerable.Range(first, count).Select(ReceiptOf)]);
    }

    IngestReceipt ReceiptOf(int message)
    {
        var (batch, refused) = (_messages[message], _refused[message]);
        return new IngestReceipt(
            batch.Received, batch.Received - batch.Unlisted - _unlisted - (refused?.Count ?? 0), refused ?? []);
    }

    QuarantinedPayload PayloadOf(int message) => _payloads[message] ??= new QuarantinedPayload(_messages[message]);

    void Reject(Origin origin, Refusal rejected) =>
        Refuse(origin.Message, origin.Position, RefusalCodes.RejectedByStore, rejected.Detail);

    static string TimeOf(Instant at)
    {
        try
        {
            return at.ToString();
        }
        catch (ArgumentOutOfRangeException)
        {
            return $"{at.UnixMilliseconds} ms";
        }
    }

    /// <summary>Where a reading comes from: the message, and the place in its batch.</summary>
    public readonly record struct Origin(int Message, int Position);

    /// <summary>Tables that one commit after the other uses, so that only the largest one allocates. One group at a
    /// time.</summary>
    public sealed class Scratch
    {
        public Dictionary<(int Meter, Quantity Quantity, Instant At), int> Slots { get; } = [];
        public List<Origin> Origins { get; } = [];
        public List<IngestBatch> Messages { get; } = [];
        public List<(int Slot, Origin Origin)> Superseded { get; } = [];

        public Scratch Cleared()
        {
            Slots.Clear();
            Origins.Clear();
            Messages.Clear();
            Superseded.Clear();
            return this;
        }
    }
}
