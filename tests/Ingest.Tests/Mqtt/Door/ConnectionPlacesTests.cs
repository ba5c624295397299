using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Door;

public sealed class ConnectionPlacesTests
{
    readonly List<string> _displaced = [];

    [Fact]
    public void Stranger_beyond_its_addresss_limit_takes_the_place_of_its_oldest()
    {
        var places = Places(perAddress: 2);
        Enter(places, "A", "a1");
        Enter(places, "B", "b1");
        Enter(places, "A", "a2");
        Enter(places, "A", "a3");
        Assert.Equal(["a1"], _displaced);
        Assert.Equal(3, places.Strangers);
    }

    [Fact]
    public void Where_there_are_too_many_in_all_whoever_holds_most_gives_a_place()
    {
        var places = Places(all: 4);
        foreach (var name in new[] { "b1", "a1", "a2", "a3" }) Enter(places, name[..1], name);
        Enter(places, "C", "c1");
        Enter(places, "D", "d1");
        Assert.Equal(["a1", "a2"], _displaced);
        Assert.Equal(4, places.Strangers);
    }

    [Fact]
    public void Whoever_said_who_it_is_keeps_its_place_and_takes_none_from_strangers()
    {
        var places = Places(perAddress: 1);
        for (var i = 1; i <= 5; i++) Assert.True(places.TryKnow(Enter(places, "A", $"a{i}")));
        Enter(places, "A", "silent");
        Assert.Empty(_displaced);
        Assert.Equal((6, 1), (places.Open, places.Strangers));
    }

    [Fact]
    public void Known_connections_are_bounded_in_all_and_per_address()
    {
        var places = new ConnectionPlaces(
            new MqttOptions { MaxConnections = 3, MaxConnectionsPerAddress = 2 }, new TestClock());
        var first = Enter(places, "A", "a1");
        Assert.True(places.TryKnow(first));
        Assert.True(places.TryKnow(Enter(places, "A", "a2")));
        Assert.False(places.TryKnow(Enter(places, "A", "a3")));
        Assert.True(places.TryKnow(Enter(places, "B", "b1")));
        var last = Enter(places, "C", "c1");
        Assert.False(places.TryKnow(last));
        places.Leave(first);
        Assert.True(places.TryKnow(last));
    }

    [Fact]
    public void Place_that_was_given_away_is_nobodys_and_leaving_it_frees_nothing()
    {
        var places = Places(perAddress: 1);
        var first = Enter(places, "A", "a1");
        var second = Enter(places, "A", "a2");
        Assert.True(first.IsDisplaced);
        Assert.False(places.TryKnow(first));
        places.Leave(first);
        Assert.Equal(1, places.Open);
        Assert.True(places.TryKnow(second));
        places.Leave(second);
        places.Leave(second);
        Assert.Equal(0, places.Open);
    }

    static ConnectionPlaces Places(int all = 100, int perAddress = 100) =>
        new(new MqttOptions { MaxStrangers = all, MaxStrangersPerAddress = perAddress }, new TestClock());

    ConnectionPlaces.Place Enter(ConnectionPlaces places, string address, string name) =>
        places.Enter(address.ToUpperInvariant(), () => _displaced.Add(name));
}
