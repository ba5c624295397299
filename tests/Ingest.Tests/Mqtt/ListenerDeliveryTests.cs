using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class ListenerDeliveryTests
{
    [Theory, InlineData(MqttVersion.V311), InlineData(MqttVersion.V5)]
    internal async Task Message_is_acknowledged_after_it_is_stored_and_not_before(MqttVersion version)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        await peer.SendAsync(peer.Publish(7, MqttPeer.Reading(12.5)));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "the sink has it");
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        listener.Sink.StoreAll();
        Assert.Equal("PUBACK id=7 code=0", await peer.HearAsync());
        var reading = Assert.Single(listener.Sink.Readings);
        Assert.Equal(12.5, reading.Value);
        Assert.Equal("mqtt:GW-01", listener.Sink.Taken[0].Source);
    }

    [Fact]
    public async Task Acknowledgements_keep_the_order_of_receipt_whatever_is_stored_first()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync([.. Enumerable.Range(1, 5).Select(id => peer.Publish(id, MqttPeer.Reading(id)))]);
        await Eventually.HoldsAsync(() => listener.Sink.Held == 5, "the sink has all five");
        foreach (var place in new[] { 4, 2, 1, 3 }) listener.Sink.Store(place);
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        listener.Sink.Store(0);
        Assert.Equal([.. Enumerable.Range(1, 5).Select(id => $"PUBACK id={id} code=0")], await peer.HearAsync(5));
    }

    [Fact]
    public async Task Ping_is_answered_while_the_sink_lets_nobody_in()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.CloseDoor();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync([.. Enumerable.Range(1, 50).Select(id => peer.Publish(id, MqttPeer.Reading(id)))]);
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        listener.Sink.OpenDoor();
        Assert.Equal(50, (await peer.HearAsync(50)).Count(line => line.StartsWith("PUBACK", StringComparison.Ordinal)));
        Assert.Equal(50, listener.Sink.Readings.Count);
    }

    [Fact]
    public async Task Full_window_stops_reading_and_the_silence_is_not_held_against_the_gateway()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { ReceiveMaximum = 4 });
        listener.Sink.CloseDoor();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, keepAlive: 10);
        await peer.SendAsync([.. Enumerable.Range(1, 20).Select(id => peer.Publish(id, MqttPeer.Reading(id)))]);
        await peer.PingAsync();
        await Eventually.HoldsAsync(() => listener.HoldsBack, "the window is full");
        Assert.Equal(4, listener.InFlight);
        listener.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(4, listener.InFlight);
        listener.Sink.OpenDoor();
        var heard = await peer.HearAsync(21);
        Assert.Equal("PINGRESP", Assert.Single(heard, line => line.StartsWith("PING", StringComparison.Ordinal)));
        Assert.Equal(
            [.. Enumerable.Range(1, 20).Select(id => $"PUBACK id={id} code=0")],
            heard.Where(line => line != "PINGRESP"));
    }

    [Fact]
    public async Task Ping_behind_messages_that_are_held_back_is_answered_at_once_and_once()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { ReceiveMaximum = 4 });
        listener.Sink.CloseDoor();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, keepAlive: 10);
        await peer.SendAsync([.. Enumerable.Range(1, 20).Select(id => peer.Publish(id, MqttPeer.Reading(id)))]);
        for (var i = 0; i < 3; i++)
        {
            await peer.PingAsync();
            Assert.Equal("PINGRESP", await peer.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.HoldsBack, "the window is full");
        Assert.Equal(4, listener.InFlight);
        await peer.SendAsync(peer.Publish(21, MqttPeer.Reading(21)));
        listener.Sink.OpenDoor();
        Assert.Equal([.. Enumerable.Range(1, 21).Select(id => $"PUBACK id={id} code=0")], await peer.HearAsync(21));
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        Assert.Equal(Enumerable.Range(1, 21), listener.Sink.Readings.Select(reading => (int)reading.Value));
    }

    [Fact]
    public async Task What_is_wrong_behind_messages_that_are_held_back_is_judged_in_its_turn()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { ReceiveMaximum = 2 });
        listener.Sink.CloseDoor();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync([.. Enumerable.Range(1, 5).Select(id => peer.Publish(id, MqttPeer.Reading(id)))]);
        await peer.SendAsync(new byte[] { 0x00, 0x00 });
        await Eventually.HoldsAsync(() => listener.HoldsBack, "the window is full");
        listener.Sink.OpenDoor();
        // It is judged after the fifth message was let in, and for that the first three had to be acknowledged.
        Assert.Equal([.. Enumerable.Range(1, 3).Select(id => $"PUBACK id={id} code=0")], await peer.HearAsync(3));
        await Eventually.HoldsAsync(() => listener.Connected == 0, "and then the connection ended");
    }

    [Fact]
    public async Task Large_payloads_fill_the_window_sooner()
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { ReceiveMaximum = 10, InFlightBytes = 10_000 });
        listener.Sink.CloseDoor();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        var payload = MqttPeer.Reading(1) + new string(' ', 4_500);
        await peer.SendAsync([.. Enumerable.Range(1, 6).Select(id => peer.Publish(id, payload))]);
        await Eventually.HoldsAsync(() => listener.HoldsBack, "two of 4.5 kB fill 10 kB");
        Assert.Equal(2, listener.InFlight);
        listener.Sink.OpenDoor();
        Assert.Equal(6, (await peer.HearAsync(6)).Count);
    }

    [Fact]
    public async Task Version_5_client_that_exceeds_the_receive_maximum_is_told_so()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { ReceiveMaximum = 2 });
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync([.. Enumerable.Range(1, 3).Select(id => peer.Publish(id, MqttPeer.Reading(id)))]);
        Assert.StartsWith("DISCONNECT code=147", await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
    }

    [Theory, InlineData(MqttVersion.V311), InlineData(MqttVersion.V5)]
    internal async Task Message_that_cannot_be_stored_is_not_acknowledged_and_the_connection_ends(MqttVersion version)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        // One after the other, so that each has a ticket of its own.
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1)));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "the sink has the first");
        await peer.SendAsync(peer.Publish(2, MqttPeer.Reading(2)));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 2, "the sink has both");
        listener.Sink.Store(0);
        Assert.Equal("PUBACK id=1 code=0", await peer.HearAsync());
        listener.Sink.FailAll();
        if (version == MqttVersion.V5) Assert.StartsWith("DISCONNECT code=137", await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
        Assert.Contains(await listener.FieldStatesAsync(), state => state.Fault is { } fault
            && fault.Contains("the disk is full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Poison_is_quarantined_and_acknowledged_and_its_neighbours_are_stored()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(
            peer.Publish(1, MqttPeer.Reading(1)), peer.Publish(2, "{\"meter\":"), peer.Publish(3, MqttPeer.Reading(3)));
        var heard = await peer.HearAsync(3);
        Assert.Equal("PUBACK id=1 code=0", heard[0]);
        Assert.StartsWith("PUBACK id=2 code=153 {ReasonString=1 of 1 quarantined, first MALFORMED", heard[1]);
        Assert.Equal("PUBACK id=3 code=0", heard[2]);
        Assert.Equal("{\"meter\":"u8.ToArray(), listener.Sink.Taken[1].Payload.ToArray());
        Assert.Equal(2, listener.Sink.Readings.Count);
    }

    [Fact]
    public async Task Poison_from_a_3_1_1_gateway_is_acknowledged_too()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(peer.Publish(1, "not json"));
        Assert.Equal("PUBACK id=1 code=0", await peer.HearAsync());
        Assert.Single(listener.Sink.Taken[0].Refusals);
    }

    [Fact]
    public async Task Message_sent_again_while_in_flight_is_acknowledged_once()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(
            peer.Publish(1, MqttPeer.Reading(1)), peer.Publish(1, MqttPeer.Reading(1), duplicate: true),
            peer.Publish(2, MqttPeer.Reading(2)));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 2, "the sink has two messages");
        listener.Sink.StoreAll();
        Assert.Equal(["PUBACK id=1 code=0", "PUBACK id=2 code=0"], await peer.HearAsync(2));
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(3)));
        Assert.Equal("PUBACK id=1 code=0", await peer.HearAsync());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Identifier_in_flight_used_for_another_message_ends_the_connection(bool duplicate)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(
            peer.Publish(1, MqttPeer.Reading(1)), peer.Publish(1, MqttPeer.Reading(2), duplicate: duplicate));
        Assert.StartsWith("DISCONNECT code=130", await peer.HearAsync());
    }

    [Fact]
    public async Task Qos_0_sent_just_before_closing_is_stored()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        listener.Sink.CloseDoor();
        await peer.SendAsync(peer.Publish(0, MqttPeer.Reading(1)), peer.Publish(0, MqttPeer.Reading(2)));
        peer.CloseSending();
        listener.Sink.OpenDoor();
        await Eventually.HoldsAsync(() => listener.Sink.Readings.Count == 2, "both are stored");
        Assert.Equal("closed", await peer.HearAsync());
    }

    [Fact]
    public async Task Stop_lets_what_is_in_flight_be_acknowledged_and_says_goodbye()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1)), peer.Publish(2, MqttPeer.Reading(2)));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 2, "the sink has both");
        var stopping = listener.StopAsync();
        listener.Sink.StoreAll();
        var heard = await peer.HearAsync(3);
        Assert.Equal(["PUBACK id=1 code=0", "PUBACK id=2 code=0"], heard.Take(2));
        Assert.StartsWith("DISCONNECT code=139", heard[2]);
        await stopping;
    }

    [Fact]
    public async Task Stop_does_not_wait_for_a_sink_that_does_not_answer()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1)));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "the sink has it");
        var stopping = listener.StopAsync();
        await Eventually.HoldsAsync(() =>
        {
            listener.Clock.Advance(TimeSpan.FromSeconds(1));
            return stopping.IsCompleted;
        }, "stopped");
        // The clock runs ahead here, so the farewell may be cut short; that the stop came to its end is the point.
        Assert.Matches("^(DISCONNECT code=139|closed)", await peer.HearAsync());
        await stopping;
    }

    [Fact]
    public async Task Message_of_a_lost_connection_is_left_to_the_sink_and_not_acknowledged_elsewhere()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using (var peer = await MqttPeer.ConnectAsync(listener.Port))
        {
            await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1)));
            await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "the sink has it");
            peer.Reset();
        }
        await Eventually.HoldsAsync(() =>
        {
            listener.Clock.Advance(TimeSpan.FromSeconds(1));
            return listener.Connected == 0;
        }, "the connection is gone");
        using var again = await MqttPeer.ConnectAsync(listener.Port);
        listener.Sink.StoreAll();
        await again.SendAsync(again.Publish(1, MqttPeer.Reading(1), duplicate: true));
        Assert.Equal("PUBACK id=1 code=0", await again.HearAsync());
    }
}
