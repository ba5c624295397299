using System.Globalization;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Domain.Tests.Gateways;

public sealed class GatewayStateTests
{
    static readonly Instant Now = new(1_768_000_000_000);

    public static IEnumerable<object[]> Links => Rows("links.csv");

    [Theory]
    [MemberData(nameof(Links))]
    public void A_link_follows_what_happened(string was, string happened, string isOpen, string becomes)
    {
        var before = new LinkState(Enum.Parse<GatewayLink>(was), Now - TimeSpan.FromHours(1), "before", "it was so");
        var kind = Enum.Parse<LinkEventKind>(happened);
        var after = GatewayLinks.Next(before, new LinkEvent(kind, Now, bool.Parse(isOpen), "why", "in words"));

        Assert.Equal(Enum.Parse<GatewayLink>(becomes), after.Link);
        Assert.Equal(after.Link == before.Link ? before : new LinkState(after.Link, Now, "why", "in words"), after);
    }

    [Fact]
    public void The_table_of_links_names_every_event_and_every_link()
    {
        var rows = Rows("links.csv");
        Assert.Equal(
            Enum.GetNames<LinkEventKind>().Order(), rows.Select(row => row[1]).Distinct().Order());
        Assert.Equal(Enum.GetNames<GatewayLink>().Order(), rows.Select(row => row[0]).Distinct().Order());
    }

    [Fact]
    public void What_nothing_was_known_of_begins_with_what_happens() =>
        Assert.Equal(
            new LinkState(GatewayLink.Connected, Now),
            GatewayLinks.Next(null, new LinkEvent(LinkEventKind.LoggedIn, Now, IsOpen: true)));

    public static IEnumerable<object[]> States => Rows("states.csv");

    [Theory]
    [MemberData(nameof(States))]
    public void A_state_is_the_link_unless_silence_says_otherwise(
        string link, string sinceLink, string sinceSeen, string period, string state, string reason)
    {
        Instant? Before(string seconds) =>
            seconds.Length == 0 ? null : Now - TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
        var known = Before(sinceLink) is { } since
            ? new LinkState(Enum.Parse<GatewayLink>(link), since, "why", "in words") : null;
        int? periodS = period.Length == 0 ? null : int.Parse(period, CultureInfo.InvariantCulture);
        var view = GatewayStates.Of(known, Before(sinceSeen), periodS, Now);

        Assert.Equal(Enum.Parse<GatewayState>(state), view.State);
        Assert.Equal(reason.Length == 0 ? null : reason, view.Reason);
        Assert.Equal(view.State == GatewayState.Silent ? Before(sinceSeen) : known?.Since, view.Since);
    }

    static List<string[]> Rows(string file) =>
        [.. File.ReadAllLines(Repository.PathOf($"tests/Vectors/gateways/{file}")).Skip(1).Select(line => line.Split(','))];
}
