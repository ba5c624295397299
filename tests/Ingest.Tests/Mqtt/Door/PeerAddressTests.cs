using System.Net;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Door;

public sealed class PeerAddressTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7"), InlineData("::ffff:192.0.2.7", "192.0.2.7"), InlineData("?", "?")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), InlineData("2001:db8:1:2::", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:3::1", "2001:db8:1:3::/64"), InlineData("fe80::1%2", "fe80::/64")]
    public void Addresses_of_one_owner_are_counted_together(string address, string group) =>
        Assert.Equal(group, PeerAddress.GroupOf(address));

    [Theory]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7"), InlineData("192.0.2.7", "192.0.2.7"), InlineData("2001:db8::1", "2001:db8::1")]
    public void Address_has_one_name(string given, string name) =>
        Assert.Equal(name, PeerAddress.TextOf(new IPEndPoint(IPAddress.Parse(given), 5)));

    [Fact]
    public void Guesser_with_a_network_of_its_own_is_locked_out_like_any_other()
    {
        var guard = new LoginGuard(new MqttOptions { LockoutFailures = 3 }, new TestClock());
        for (var i = 1; i <= 3; i++) guard.Failed($"2001:db8::{i}", "GW-01");
        Assert.True(guard.IsLocked("2001:db8::99", "GW-01"));
        Assert.False(guard.IsLocked("2001:db8:0:1::1", "GW-01"));
        guard.Succeeded("2001:db8::4", "GW-01");
        Assert.False(guard.IsLocked("2001:db8::99", "GW-01"));
    }
}
