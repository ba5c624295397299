using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Store.Tests.Series;

/// <summary>What every series store owes its callers. One class per store runs all of it.</summary>
public abstract class SeriesContract : IAsyncLifetime
{
    static readonly CancellationToken Stop = CancellationToken.None;
    static readonly SeriesKey Energy = new(new MeterId(1), Quantity.EnergyImport);
    static readonly SeriesKey Power = new(new MeterId(1), Quantity.Power);

    protected ISeriesWriter Writer { get; private set; } = null!;
    protected ISeriesReader Reader { get; private set; } = null!;

    protected abstract Task<(ISeriesWriter, ISeriesReader)> OpenAsync();

    public async Task InitializeAsync() => (Writer, Reader) = await OpenAsync();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_reading_comes_back_as_it_was_written()
    {
        var reading = new Reading(
            Energy, new Instant(1_768_000_000_123), -0.1 + 0.3, Provenance.Manual, Doubt.Late | Doubt.ArrivalTime);
        var receipt = await Writer.WriteAsync(new[] { reading }, Stop);
        Assert.Equal(1, receipt.Accepted);
        Assert.Empty(receipt.Rejected);
        Assert.Equal([reading], await AllAsync(Energy));
    }

    [Theory]
    [InlineData(double.MaxValue)]
    [InlineData(double.Epsilon)]
    [InlineData(-1e308)]
    [InlineData(0.1)]
    [InlineData(123456789012345678d)]
    [InlineData(5)]
    public async Task A_value_keeps_every_bit(double value)
    {
        await WriteAsync(new Reading(Energy, new Instant(1), value));
        var read = Assert.Single(await AllAsync(Energy));
        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(read.Value));
    }

    [Fact]
    public async Task Writing_the_same_again_changes_nothing()
    {
        var readings = Minutes(Energy, 10);
        await WriteAsync(readings);
        await WriteAsync(readings);
        Assert.Equal(readings, await AllAsync(Energy));
    }

    [Fact]
    public async Task The_last_write_wins_across_batches_and_within_one()
    {
        var first = new Reading(Energy, new Instant(1000), 1);
        await WriteAsync(first with { Value = 9 });
        await WriteAsync(
            first, first with { Value = 2, Doubt = Doubt.Late },
            first with { Value = 3, Provenance = Provenance.Imported });
        Assert.Equal([first with { Value = 3, Provenance = Provenance.Imported }], await AllAsync(Energy));
    }

    [Fact]
    public async Task A_reading_that_is_no_number_is_rejected_by_name_and_harms_no_neighbour()
    {
        var good = Minutes(Energy, 3);
        var receipt = await Writer.WriteAsync(
            new[] { good[0], new Reading(Energy, new Instant(5), double.NaN), good[1],
                new Reading(Energy, new Instant(6), double.PositiveInfinity), good[2] },
            Stop);
        Assert.Equal(3, receipt.Accepted);
        Assert.Equal(
            [(1, RefusalCodes.NotANumber), (3, RefusalCodes.NotANumber)],
            receipt.Rejected.Select(r => (r.Index, r.Code)));
        Assert.Equal(good, await AllAsync(Energy));
    }

    [Fact]
    public async Task An_empty_batch_is_accepted()
    {
        Assert.Equal(0, (await Writer.WriteAsync(ReadOnlyMemory<Reading>.Empty, Stop)).Accepted);
    }

    [Fact]
    public async Task The_beginning_of_a_period_belongs_to_it_and_its_end_does_not()
    {
        await WriteAsync(Minutes(Energy, 5));
        var read = await ReadAsync(Energy, new Period(Minute(1), Minute(3)));
        Assert.Equal([Minute(1), Minute(2)], read.Select(reading => reading.At));
        Assert.Empty(await ReadAsync(Energy, new Period(Minute(1), Minute(1))));
    }

    [Fact]
    public async Task Series_do_not_mix()
    {
        var other = new SeriesKey(new MeterId(2), Quantity.EnergyImport);
        await WriteAsync([.. Minutes(Energy, 3), .. Minutes(Power, 4), .. Minutes(other, 5)]);
        Assert.Equal(3, (await AllAsync(Energy)).Count);
        Assert.Equal(4, (await AllAsync(Power)).Count);
        Assert.Equal(5, (await AllAsync(other)).Count);
    }

    [Fact]
    public async Task Readings_before_1970_are_in_order_with_the_others()
    {
        await WriteAsync(
            new Reading(Energy, new Instant(1), 1), new Reading(Energy, new Instant(-1), -1),
            new Reading(Energy, new Instant(0), 0));
        Assert.Equal([-1d, 0, 1], (await AllAsync(Energy)).Select(reading => reading.Value));
    }

    [Fact]
    public async Task Buckets_leave_gaps_where_nothing_was_read_and_cut_the_last_step()
    {
        await WriteAsync(
            Value(0, 1), Value(1, 5), Value(4, 3),  // the first five minutes
            Value(15, 7), Value(19, 9),             // the fourth; the second and third have none
            Value(20, 11), Value(22, 13));          // the fifth is cut at minute 22
        var buckets = await Reader.BucketsAsync(
            Energy, new Period(Minute(0), Minute(22)), TimeSpan.FromMinutes(5), Stop);
        Assert.Equal(
            [
                new Bucket(Minute(0), 3, 1, 5, 3, 1, 3),
                new Bucket(Minute(15), 2, 7, 9, 8, 7, 9),
                new Bucket(Minute(20), 1, 11, 11, 11, 11, 11),
            ],
            buckets);
    }

    [Fact]
    public async Task Buckets_are_counted_from_the_beginning_of_the_period()
    {
        await WriteAsync(Minutes(Energy, 10));
        var buckets = await Reader.BucketsAsync(
            Energy, new Period(Minute(3), Minute(9)), TimeSpan.FromMinutes(4), Stop);
        Assert.Equal([(Minute(3), 4), (Minute(7), 2)], buckets.Select(bucket => (bucket.Start, bucket.Count)));
    }

    [Fact]
    public async Task The_nearest_reading_is_found_on_either_side_however_far()
    {
        await WriteAsync(Value(0, 1), Value(10_000_000, 2));
        Assert.Equal(1, (await Reader.AtOrBeforeAsync(Energy, Minute(9_999_999), Stop))?.Value);
        Assert.Equal(2, (await Reader.AtOrBeforeAsync(Energy, Minute(10_000_000), Stop))?.Value);
        Assert.Null(await Reader.AtOrBeforeAsync(Energy, Minute(-1), Stop));
        Assert.Equal(2, (await Reader.AtOrAfterAsync(Energy, Minute(1), Stop))?.Value);
        Assert.Equal(1, (await Reader.AtOrAfterAsync(Energy, Minute(0), Stop))?.Value);
        Assert.Null(await Reader.AtOrAfterAsync(Energy, Minute(10_000_001), Stop));
        Assert.Null(await Reader.AtOrBeforeAsync(Power, Minute(5), Stop));
    }

    [Fact]
    public async Task The_latest_of_every_series_is_found_without_look_back_and_for_the_asked_meters_only()
    {
        var old = new Reading(Power, new Instant(1), 7);
        var third = new SeriesKey(new MeterId(3), Quantity.VolumeInterval);
        await WriteAsync(
            [.. Minutes(Energy, 5), old, .. Minutes(third, 2),
                .. Minutes(new SeriesKey(new MeterId(2), Quantity.Flow), 3)]);
        var latest = await Reader.LatestAsync([new MeterId(1), new MeterId(3), new MeterId(4)], Stop);
        Assert.Equal(
            new[] { Minutes(Energy, 5)[4], old, Minutes(third, 2)[1] }.OrderBy(Order), latest.OrderBy(Order));
    }

    [Fact]
    public async Task Quantities_are_those_of_which_there_is_a_reading()
    {
        await WriteAsync(
            [.. Minutes(Power, 2), .. Minutes(Energy, 1), .. Minutes(new SeriesKey(new MeterId(2), Quantity.Flow), 1)]);
        Assert.Equal([Quantity.EnergyImport, Quantity.Power], await Reader.QuantitiesAsync(new MeterId(1), Stop));
        Assert.Empty(await Reader.QuantitiesAsync(new MeterId(9), Stop));
    }

    [Fact]
    public async Task A_batch_of_a_hundred_thousand_readings_is_read_back_whole_and_in_order()
    {
        var random = new Random(4);
        var batch = Enumerable.Range(0, 100_000)
            .Select(i => new Reading(new SeriesKey(new MeterId(1 + i % 7), Quantity.Power), Minute(i / 7), i))
            .OrderBy(_ => random.Next()).ToArray();
        Assert.Equal(100_000, (await Writer.WriteAsync(batch, Stop)).Accepted);
        for (var meter = 1; meter <= 7; meter++)
        {
            var series = new SeriesKey(new MeterId(meter), Quantity.Power);
            Assert.Equal(
                batch.Where(reading => reading.Series == series).OrderBy(reading => reading.At),
                await AllAsync(series));
        }
    }

    /// <summary>Random writes, in any order and repeated, against a dictionary that is the specification.</summary>
    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7),
        InlineData(8)]
    public async Task Reads_depend_on_what_was_written_last_and_on_nothing_else(int seed)
    {
        var random = new Random(seed);
        var model = new Dictionary<(SeriesKey, Instant), Reading>();
        for (var round = 0; round < 30; round++)
        {
            var batch = Enumerable.Range(0, random.Next(1, 40)).Select(_ => SomeReading(random)).ToArray();
            foreach (var reading in batch) model[(reading.Series, reading.At)] = reading;
            await WriteAsync(batch);
            // A repeat that is shuffled is safe where no instant occurs twice with different values: repeat what the
            // model holds.
            if (round % 3 == 0)
                await WriteAsync([.. batch.Select(r => model[(r.Series, r.At)]).OrderBy(_ => random.Next())]);
            await CompareAsync(model, random);
        }
    }

    async Task CompareAsync(Dictionary<(SeriesKey, Instant), Reading> model, Random random)
    {
        var series = SomeReading(random).Series;
        var (a, b) = (SomeReading(random).At, SomeReading(random).At);
        var period = a <= b ? new Period(a, b) : new Period(b, a);
        var all = model.Values.Where(reading => reading.Series == series).OrderBy(reading => reading.At).ToList();
        var inside = all.Where(reading => period.Contains(reading.At)).ToList();
        Assert.Equal(inside, await ReadAsync(series, period));
        Assert.Equal(
            all.Where(r => r.At <= a).Select(r => (Reading?)r).LastOrDefault(),
            await Reader.AtOrBeforeAsync(series, a, Stop));
        Assert.Equal(
            all.Where(r => r.At >= a).Select(r => (Reading?)r).FirstOrDefault(),
            await Reader.AtOrAfterAsync(series, a, Stop));
        var step = TimeSpan.FromMilliseconds(random.Next(1, 50));
        var buckets = await Reader.BucketsAsync(series, period, step, Stop);
        Assert.Equal(inside.Count, buckets.Sum(bucket => bucket.Count));
        Assert.Equal(
            inside.GroupBy(r => (r.At - period.From).Ticks / step.Ticks)
                .Select(g => (
                    period.From + step * g.Key, g.Count(), g.Min(r => r.Value), g.Max(r => r.Value), g.First().Value,
                    g.Last().Value)),
            buckets.Select(bucket => (bucket.Start, bucket.Count, bucket.Min, bucket.Max, bucket.First, bucket.Last)));
        Assert.Equal(
            all.GroupBy(r => r.Series).Select(g => g.Last()),
            (await Reader.LatestAsync([series.Meter], Stop)).Where(r => r.Series == series));
    }

    static Reading SomeReading(Random random) => new(
        new SeriesKey(new MeterId(random.Next(1, 4)), (Quantity)random.Next(1, 4)), new Instant(random.Next(0, 200)),
        random.Next(-1000, 1000) / 8d, (Provenance)random.Next(0, 5), (Doubt)random.Next(0, 16));

    static Instant Minute(int minute) => Some.At("2026-03-17T00:00:00Z") + TimeSpan.FromMinutes(minute);

    static Reading Value(int minute, double value) => new(Energy, Minute(minute), value);

    static Reading[] Minutes(SeriesKey series, int count) =>
        [.. Enumerable.Range(0, count).Select(minute => new Reading(series, Minute(minute), 100 + minute))];

    static (int, Quantity) Order(Reading reading) => (reading.Series.Meter.Value, reading.Series.Quantity);

    Task<WriteReceipt> WriteAsync(params Reading[] readings) => Writer.WriteAsync(readings, Stop).AsTask();

    Task<List<Reading>> AllAsync(SeriesKey series) =>
        ReadAsync(series, new Period(new Instant(long.MinValue), new Instant(long.MaxValue)));

    async Task<List<Reading>> ReadAsync(SeriesKey series, Period period)
    {
        var read = new List<Reading>();
        await foreach (var chunk in Reader.ReadAsync(series, period, Stop)) read.AddRange(chunk.Span);
        return read;
    }
}

public sealed class MemorySeriesTests : SeriesContract
{
    protected override Task<(ISeriesWriter, ISeriesReader)> OpenAsync()
    {
        var store = new MemorySeriesStore();
        return Task.FromResult<(ISeriesWriter, ISeriesReader)>((store, store));
    }
}

public sealed class SqliteSeriesTests : SeriesContract
{
    OpenStore _store = null!;

    protected override async Task<(ISeriesWriter, ISeriesReader)> OpenAsync()
    {
        _store = await OpenStore.InAsync();
        return (_store.Get<ISeriesWriter>(), _store.Get<ISeriesReader>());
    }

    public override async Task DisposeAsync() => await _store.DisposeAsync();
}
