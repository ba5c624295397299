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
sealed class CommitGroup(IReadOnlyList<Ticket> tickets, RegistrySnapshot registry, CommitGroup.Scratch scratch)
{
    readonly List<Refusal>?[] _refused = new List<Refusal>?[tickets.Count];
    readonly QuarantinedPayload?[] _payloads = new QuarantinedPayload?[tickets.Count];
    readonly Dictionary<(int Meter, Quantity Quantity, Instant At), int> _slots = scratch.Slots;
    readonly List<Origin> _origins = scratch.Origins;
    readonly List<(int Slot, Origin Origin)> _superseded = scratch.Superseded;
    Reading[] _readings = ArrayPool<Reading>.Shared.Rent(tickets.Sum(ticket => ticket.Batch.Readings.Count));

    public IReadOnlyList<Ticket> Tickets => tickets;
    public ReadOnlyMemory<Reading> Readings => _readings.AsMemory(0, _origins.Count);
    public HashSet<MeterDay> Days { get; } = [];
    public List<QuarantineItem> Quarantined { get; } = [];

    /// <summary>The series store has it; only the quarantine is still open.</summary>
    public bool IsWritten { get; private set; }

    public void Keep(in Reading reading, int ticket, int position)
    {
        var origin = new Origin(ticket, position);
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

    /// <summary>A reading that does not pass, by its place in its ticket's batch.</summary>
    public void Refuse(int ticket, int position, string code, string reason)
    {
        var batch = tickets[ticket].Batch;
        var reading = batch.Readings[position];
        var meter = registry.Meter(reading.Series.Meter)?.Code ?? $"number {reading.Series.Meter.Value}";
        var quantity = Enum.IsDefined(reading.Series.Quantity)
            ? reading.Series.Quantity.Key() : $"quantity {(int)reading.Series.Quantity}";
        var refusal = new Refusal(
            batch.Indexes[position], code, $"{meter} {quantity} at {TimeOf(reading.At)}: {reason}");
        (_refused[ticket] ??= []).Add(refusal);
        Quarantined.Add(PayloadOf(ticket).Item(refusal, reading, meter));
    }

    /// <summary>What its decoder refused already.</summary>
    public void RefuseDecoded(int ticket)
    {
        foreach (var refusal in tickets[ticket].Batch.Refusals)
        {
            (_refused[ticket] ??= []).Add(refusal);
            Quarantined.Add(PayloadOf(ticket).Item(refusal));
        }
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
        for (var i = 0; i < tickets.Count; i++)
        {
            var refused = _refused[i];
            var (count, unlisted) = (tickets[i].Count, tickets[i].Batch.Unlisted);
            tickets[i].Receipt = new IngestReceipt(count, count - unlisted - (refused?.Count ?? 0), refused ?? []);
        }
    }

    QuarantinedPayload PayloadOf(int ticket) => _payloads[ticket] ??= new QuarantinedPayload(tickets[ticket].Batch);

    void Reject(Origin origin, Refusal rejected) =>
        Refuse(origin.Ticket, origin.Position, RefusalCodes.RejectedByStore, rejected.Detail);

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

    /// <summary>Where a reading comes from: the ticket, and the place in its batch.</summary>
    public readonly record struct Origin(int Ticket, int Position);

    /// <summary>Tables that one commit after the other uses, so that only the largest one allocates. One group at a
    /// time.</summary>
    public sealed class Scratch
    {
        public Dictionary<(int Meter, Quantity Quantity, Instant At), int> Slots { get; } = [];
        public List<Origin> Origins { get; } = [];
        public List<(int Slot, Origin Origin)> Superseded { get; } = [];

        public Scratch Cleared()
        {
            Slots.Clear();
            Origins.Clear();
            Superseded.Clear();
            return this;
        }
    }
}
