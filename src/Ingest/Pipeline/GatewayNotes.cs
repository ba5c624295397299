using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// What is noted of one gateway while it is served: what came, how it is connected, its clock, its faults. Noting a
/// message takes no memory, and no lock that another gateway uses.
/// </summary>
sealed class GatewayNotes(string gateway, TimeProvider clock)
{
    readonly Lock _lock = new();
    readonly FieldEntry _contact = new();
    readonly List<GatewayConnected> _open = [];
    readonly FaultNotes _faults = new();
    readonly ClockNotes _clock = new();
    readonly Instant _countingSince = clock.Now();
    GatewayTraffic _notSaved;
    LinkState? _link;
    GatewayConnected? _connection;
    bool _changed;
    long _messages;
    long _bytes;
    long _readings;
    long _quarantined;

    /// <summary>A sign of life without a message.</summary>
    public void Seen(Instant at)
    {
        _contact.Seen(at, clock);
        if (Volatile.Read(ref _link) is not { Link: GatewayLink.Connected or GatewayLink.Online })
            Happened(LinkEventKind.Heard, at);
    }

    /// <summary>Messages came, and bytes, over a connection that <see cref="Entered"/> told of.</summary>
    public void Heard(Instant at, int messages, long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        if (messages == 0) return;
        Interlocked.Add(ref _messages, messages);
        Seen(at);
    }

    /// <summary>A message came where there is no connection of its own to see.</summary>
    public void HeardBy(string way, Instant at, long bytes)
    {
        if (Volatile.Read(ref _connection)?.Way != way) Found(way);
        Heard(at, 1, bytes);
    }

    /// <summary>A message of it is durable.</summary>
    public void Settled(IngestBatch batch, IngestReceipt receipt)
    {
        Interlocked.Add(ref _readings, receipt.Stored);
        Interlocked.Add(ref _quarantined, receipt.Received - receipt.Stored);
        _clock.Note(batch);
    }

    public void Entered(GatewayConnected connection)
    {
        lock (_lock)
        {
            _open.Add(connection);
            _notSaved += new GatewayTraffic(0, 0, 0, 0, 0, Connections: 1);
            (_connection, _changed) = (connection, true);
        }
        var at = connection.Since ?? clock.Now();
        _contact.Seen(at, clock);
        Happened(LinkEventKind.LoggedIn, at);
    }

    /// <summary>That connection is over; what is shown is the newest that is open still.</summary>
    public void Left(GatewayConnected connection, Instant at, string reason, string detail)
    {
        lock (_lock)
        {
            _open.RemoveAll(one => ReferenceEquals(one, connection));
            if (_open.Count > 0) (_connection, _changed) = (_open[^1], true);
        }
        Happened(LinkEventKind.Left, at, reason, detail);
    }

    public void Happened(LinkEventKind kind, Instant at, string? reason = null, string? detail = null)
    {
        lock (_lock)
        {
            var next = GatewayLinks.Next(_link, new LinkEvent(kind, at, _open.Count > 0, reason, detail));
            if (next == _link) return;
            Volatile.Write(ref _link, next);
            _changed = true;
        }
    }

    public void WayChanged(string way, LinkEventKind kind, Instant at, string? reason, string? detail)
    {
        if (Volatile.Read(ref _connection)?.Way == way) Happened(kind, at, reason, detail);
    }

    public void Fault(string? meter, Instant at, string text)
    {
        if (meter is null) _contact.Fault(at, text);
        lock (_lock) _faults.Add(meter, at, text);
    }

    public void FaultOfStranger(Instant at, string text)
    {
        lock (_lock) _faults.Add(null, at, text);
    }

    /// <summary>What was known when the service stopped or died. A connection of then is over.</summary>
    public void Remember(GatewayLife before, Instant now)
    {
        lock (_lock)
        {
            if (_link is not null) return;
            (_link, _connection) = (before.Link, before.Connection);
        }
        Happened(LinkEventKind.Restarted, now, "service_restarted", "the service was started again");
    }

    /// <summary>What is new since it was last taken; null where nothing is.</summary>
    public FieldState? TakeChange(TimeSpan clockLimit)
    {
        lock (_lock)
        {
            if (_clock.Judge(clock.Now(), clockLimit) is { } fault) Fault(null, clock.Now(), fault);
            var contact = _contact.TakeChange(gateway, null);
            _notSaved += new GatewayTraffic(
                Interlocked.Exchange(ref _messages, 0), Interlocked.Exchange(ref _readings, 0),
                Interlocked.Exchange(ref _quarantined, 0), _faults.TakeCount(), Interlocked.Exchange(ref _bytes, 0), 0);
            if (contact is null && !_changed && _notSaved == default) return null;
            var life = new GatewayLife
            {
                Link = _link, Connection = _connection, Traffic = _notSaved, CountingSince = _countingSince,
                Drift = _clock.Drift, SendsTime = _clock.SendsTime, Faults = _faults.Take(),
            };
            (_notSaved, _changed) = (default, false);
            return (contact ?? new FieldState(gateway, null, null, null, null)) with { Life = life };
        }
    }

    /// <summary>It could not be saved, and is still to be.</summary>
    public void GiveBack(FieldState state)
    {
        _contact.MarkChanged();
        lock (_lock)
        {
            _notSaved += state.Life!.Traffic;
            _faults.GiveBack(state.Life.Faults);
            _changed = true;
        }
    }

    void Found(string way)
    {
        lock (_lock)
        {
            if (_open.Count > 0) return;
            (_connection, _changed) = (new GatewayConnected(way), true);
        }
    }
}
