using System.Diagnostics.CodeAnalysis;

namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>
/// How many connections there may be. Whoever has not sent a whole CONNECT is a stranger and has a place among few; from
/// then on it has one among many. A stranger beyond the limit takes the place of the one that has been silent longest: so
/// nobody shuts gateways out by holding connections open, since a gateway says who it is at once.
/// </summary>
sealed class ConnectionPlaces(MqttOptions options, TimeProvider clock)
{
    readonly Lock _lock = new();
    readonly Dictionary<string, Address> _addresses = [];
    int _strangers;
    int _known;

    /// <summary>Connections that have a place, logged in or not.</summary>
    public int Open { get { lock (_lock) return _strangers + _known; } }

    /// <summary>Of those, the ones whose CONNECT is not complete.</summary>
    public int Strangers { get { lock (_lock) return _strangers; } }

    /// <summary>Gives a place to a connection of which nothing was read.</summary>
    /// <param name="group">Whom it is counted with (<see cref="PeerAddress.GroupOf"/>).</param>
    /// <param name="displace">Ends the connection; called once, where its place goes to a newer one.</param>
    public Place Enter(string group, Action displace)
    {
        var place = new Place(group, clock.GetTimestamp(), displace);
        Place? displaced;
        lock (_lock)
        {
            if (!_addresses.TryGetValue(group, out var here)) _addresses[group] = here = new Address();
            place.Waiting = here.Strangers.AddLast(place);
            _strangers++;
            displaced = ToDisplace(here);
            if (displaced is not null)
            {
                displaced.IsDisplaced = true;
                Remove(displaced);
            }
        }
        displaced?.Displace();
        return place;
    }

    /// <summary>
    /// The connection said who it wants to be. False where there are too many of those, or its place was given away.
    /// </summary>
    public bool TryKnow(Place place)
    {
        lock (_lock)
        {
            if (place.Waiting is null) return false;
            var here = _addresses[place.Group];
            if (_known >= options.MaxConnections || here.Known >= options.MaxConnectionsPerAddress) return false;
            here.Strangers.Remove(place.Waiting);
            place.Waiting = null;
            place.IsKnown = true;
            _strangers--;
            _known++;
            here.Known++;
            return true;
        }
    }

    /// <summary>True until it has sent a whole CONNECT.</summary>
    public bool IsStranger(Place place)
    {
        lock (_lock) return !place.IsKnown;
    }

    /// <summary>The connection is over.</summary>
    public void Leave(Place place)
    {
        lock (_lock) Remove(place);
    }

    public TimeSpan AgeOf(Place place) => clock.GetElapsedTime(place.EnteredAt);

    // From one address its own oldest; from many the oldest of whoever has most: a flood displaces itself first.
    Place? ToDisplace(Address here)
    {
        if (here.Strangers.Count > options.MaxStrangersPerAddress) return here.Strangers.First!.Value;
        return _strangers > options.MaxStrangers
            ? _addresses.Values.MaxBy(address => address.Strangers.Count)!.Strangers.First!.Value
            : null;
    }

    void Remove(Place place)
    {
        if (!_addresses.TryGetValue(place.Group, out var here)) return;
        if (place.Waiting is not null)
        {
            here.Strangers.Remove(place.Waiting);
            place.Waiting = null;
            _strangers--;
        }
        else if (place.IsKnown)
        {
            place.IsKnown = false;
            _known--;
            here.Known--;
        }
        if (here.Strangers.Count == 0 && here.Known == 0) _addresses.Remove(place.Group);
    }

    sealed class Address
    {
        /// <summary>The oldest first.</summary>
        public LinkedList<Place> Strangers { get; } = [];
        public int Known { get; set; }
    }

    /// <summary>The place of one connection.</summary>
    [SuppressMessage("Design", "CA1034", Justification = "It is nothing without the places.")]
    public sealed class Place(string group, long enteredAt, Action displace)
    {
        public string Group => group;
        public long EnteredAt => enteredAt;

        /// <summary>True once it went to a newer connection.</summary>
        public bool IsDisplaced { get; set; }

        // The places lock.
        public LinkedListNode<Place>? Waiting { get; set; }
        public bool IsKnown { get; set; }

        public void Displace() => displace();
    }
}
