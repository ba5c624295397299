using System.Globalization;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Domain.Tests.Gateways;

public sealed class ClockDriftTests
{
    public static IEnumerable<object[]> Cases =>
        File.ReadAllLines(Repository.PathOf("tests/Vectors/gateways/clock-drift.csv")).Skip(1).Select(line => line.Split(','));

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_drift_is_that_of_live_messages(
        string name, string own, string arrived, string now, string drift, string messages)
    {
        TimedMessage[] sent =
            [.. Moments(own).Zip(Moments(arrived)).Select(pair => new TimedMessage(pair.First, pair.Second))];
        var found = ClockDrift.Of(sent, Moments(now).Single());

        if (drift.Length == 0) Assert.Null(found);
        else Assert.Equal((name, long.Parse(drift, CultureInfo.InvariantCulture), int.Parse(messages, CultureInfo.InvariantCulture)),
            (name, found!.Ms, found.Messages));
    }

    [Fact]
    public void A_burst_is_one_message_and_the_freshest_of_it()
    {
        var messages = new TimedMessages();
        var start = new Instant(1_768_000_000_000);
        for (var minute = 0; minute < 40; minute++)
        {
            var at = start + TimeSpan.FromMinutes(minute);
            for (var meter = 0; meter < 100; meter++)
                messages.Add(new TimedMessage(at - TimeSpan.FromSeconds(99 - meter), at + TimeSpan.FromMilliseconds(meter)));
        }
        var drift = messages.Drift(start + TimeSpan.FromMinutes(40));

        Assert.Equal(31, drift!.Messages);
        Assert.InRange(drift.Ms, -100, 0);
    }

    static IEnumerable<Instant> Moments(string seconds) =>
        seconds.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(one => new Instant((long)(double.Parse(one, CultureInfo.InvariantCulture) * 1000)));
}
