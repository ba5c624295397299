using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class MessagePaceTests
{
    const string Payload = """{"meter":"M-0001","values":{"power":1}}""";

    readonly TestClock _clock = new();

    [Fact]
    public void A_second_s_worth_passes_at_once_and_what_is_beyond_waits_for_its_time()
    {
        var pace = new MessagePace(1_000, _clock);
        Assert.Equal(TimeSpan.Zero, pace.Take(1_000));
        Assert.Equal(TimeSpan.FromMilliseconds(250), pace.Take(250));
        _clock.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(TimeSpan.FromMilliseconds(1), pace.Take(1));
    }

    [Fact]
    public void What_is_not_used_is_kept_for_a_second_and_no_longer()
    {
        var pace = new MessagePace(1_000, _clock);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.Zero, pace.Take(1_000));
        Assert.Equal(TimeSpan.FromSeconds(1), pace.Take(1_000));
    }

    [Fact]
    public void Within_its_rate_nobody_waits()
    {
        var pace = new MessagePace(1_000, _clock);
        for (var tick = 0; tick < 5_000; tick++)
        {
            Assert.Equal(TimeSpan.Zero, pace.Take(10));
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }
    }

    [Fact]
    public void Without_a_rate_nobody_waits()
    {
        Assert.Equal(TimeSpan.Zero, new MessagePace(0, _clock).Take(int.MaxValue));
    }

    [Fact]
    public async Task Gateway_beyond_its_rate_is_read_on_when_its_time_has_come_and_loses_nothing()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { MaxMessagesPerSecond = 10 });
        using var gateway = await MqttPeer.ConnectAsync(listener.Port);
        // The last is one too many: it is taken, and nothing behind it until its time has come.
        for (var id = 1; id <= 11; id++) await SendAsync(id);
        await Eventually.HoldsAsync(
            () => listener.Clock.NextDue is { } due && due <= listener.Clock.Instant + TimeSpan.FromSeconds(0.1), "it waits");
        await gateway.SendAsync(gateway.Publish(12, Payload));
        listener.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("PUBACK id=12 code=0", await gateway.HearAsync());

        async Task SendAsync(int id)
        {
            await gateway.SendAsync(gateway.Publish(id, Payload));
            Assert.Equal($"PUBACK id={id} code=0", await gateway.HearAsync());
        }
    }
}
