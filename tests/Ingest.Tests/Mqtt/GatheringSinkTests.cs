using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class GatheringSinkTests
{
    // Turn and room have one measure: by their number alone, 256 refused messages of 4 kB would be one turn of 4,000.
    [Theory, InlineData(0, 10), InlineData(256, 10), InlineData(512, 5), InlineData(4_096, 1)]
    public async Task Turn_is_over_when_what_has_gathered_takes_its_part_of_the_room(int payload, int expected)
    {
        var gathering = new GatheringSink(new TenAtATime());
        var refusal = new Refusal(0, RefusalCodes.Malformed, "x");
        var count = 0;
        for (; !gathering.IsFull && count < 100; count++)
        {
            var batch = new IngestBatch("mqtt:GW-01", new Instant(0), [], [], [refusal], "x", new byte[payload]);
            var delivery = new Delivery();
            gathering.Keep(delivery, await gathering.PutAsync(batch, CancellationToken.None));
        }
        Assert.Equal(expected, count);
    }

    sealed class TenAtATime : IReadingSink
    {
        public int Turn => 10;

        public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop) =>
            throw new InvalidOperationException("Nothing is put here.");
    }
}
