using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Domain.Tests.Registry;

public sealed class TimelineTests
{
    static readonly DateOnly January = new(2026, 1, 1), March = new(2026, 3, 1), May = new(2026, 5, 1), July = new(2026, 7, 1);

    static readonly Timeline<int> Areas = new([new(May, 30), new(January, 10, March)]);

    [Fact]
    public void A_fact_holds_from_its_day_until_its_end()
    {
        Assert.Null(Areas.At(January.AddDays(-1)));
        Assert.Equal(10, Areas.At(January)?.Value);
        Assert.Equal(10, Areas.At(March.AddDays(-1))?.Value);
        Assert.Null(Areas.At(March));
        Assert.Equal(30, Areas.At(May)?.Value);
        Assert.Equal(30, Areas.At(new DateOnly(2100, 1, 1))?.Value);
    }

    [Fact]
    public void Spans_cover_every_day_once_and_say_where_nothing_is_known() =>
        Assert.Equal(
            [(January.AddDays(-1), January, null), (January, March, 10), (March, May, null), (May, July, (int?)30)],
            Areas.Spans(January.AddDays(-1), July).Select(span => (span.First, span.End, span.Fact?.Value)));

    [Fact]
    public void A_later_fact_takes_over_from_an_earlier_one_without_an_end() =>
        Assert.Equal(2, new Timeline<int>([new(January, 1), new(March, 2)]).At(May)?.Value);
}
