using EnergyWatch.Ingest.Modbus.Lines;

namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>The lines "slow or dead meter", "late reply" and "half-open" of the ingestion promises, through poller, transport and sockets.</summary>
public sealed class FaultFieldTests
{
    // The slowest model's timeout twice, and as long a quiet after each.
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(6.5);

    public static TheoryData<ModbusFraming> Framings => [ModbusFraming.Tcp, ModbusFraming.RtuOverTcp];

    public static TheoryData<ModbusFraming, string> EachFault
    {
        get
        {
            var data = new TheoryData<ModbusFraming, string>();
            foreach (var framing in new[] { ModbusFraming.Tcp, ModbusFraming.RtuOverTcp })
                foreach (var fault in Enum.GetNames<Fault>().Skip(1)) data.Add(framing, fault);
            return data;
        }
    }

    [Theory, MemberData(nameof(EachFault))]
    public async Task A_meter_that_does_only_this_costs_its_siblings_nothing_and_comes_back_when_it_stops(ModbusFraming framing, string name)
    {
        var fault = Enum.Parse<Fault>(name);
        await using var field = new FaultField(seed: 20261120, (framing, 3));
        var server = field.Servers[0];
        await field.PassAsync(FaultField.Period);

        server.Choose = (ask, _) => ask.Unit == 2 ? fault : Fault.None;
        var from = field.NextSlot;
        await field.PassAsync(TimeSpan.FromMinutes(3));
        Assert.All(field.Meters.Where(meter => meter.Unit != 2), meter => field.ExpectEverySlot(meter, from, atMostLate: Soon));
        Assert.InRange(server.Asked.Count(asked => asked.Ask.Unit == 2 && asked.At >= from), 2, 60);

        server.Choose = (_, _) => Fault.None;
        await field.PassAsync(TimeSpan.FromMinutes(2));
        from = field.NextSlot;
        await field.PassAsync(TimeSpan.FromMinutes(2));
        Assert.All(field.Meters, meter => field.ExpectEverySlot(meter, from, atMostLate: Soon));
    }

    // Some meters hang on a register that they are not to be asked for, or say nothing to a read that is too long.
    [Theory, MemberData(nameof(Framings))]
    public async Task Lost_answers_make_nobody_ask_for_other_registers_than_the_model_does(ModbusFraming framing)
    {
        await using var field = new FaultField(seed: 20261120, (framing, 3));
        var server = field.Servers[0];
        await field.PassAsync(2 * FaultField.Period);
        var planned = server.Asked.Select(asked => asked.Ask).ToList();
        Fault[] faults = [Fault.Silence, Fault.Late, Fault.WrongUnit, Fault.Exception];
        server.Choose = (_, random) => random.Next(3) > 0 ? Fault.None : faults[random.Next(faults.Length)];
        await field.PassAsync(TimeSpan.FromMinutes(20));
        Assert.All(server.Asked, asked => Assert.Contains(planned, read =>
            read.Unit == asked.Ask.Unit && read.Function == asked.Ask.Function && read.Address <= asked.Ask.Address
            && asked.Ask.Address + asked.Ask.Count <= read.Address + read.Count));
        if (framing == ModbusFraming.RtuOverTcp)
            Assert.Contains(server.Asked, asked => !planned.Exists(read => read.Unit == asked.Ask.Unit && read.Count == asked.Ask.Count));
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task One_dead_meter_of_32_on_a_bus_costs_no_sibling_a_slot_and_little_time(ModbusFraming framing)
    {
        await using var field = new FaultField(seed: 20261120, (framing, 32));
        var server = field.Servers[0];
        server.Choose = (ask, _) => ask.Unit == 7 ? Fault.Silence : Fault.None;
        await field.PassAsync(FaultField.Period);
        var from = field.NextSlot;
        await field.PassAsync(TimeSpan.FromMinutes(15));

        Assert.All(field.Meters.Where(meter => meter.Unit != 7), meter => field.ExpectEverySlot(meter, from, atMostLate: Soon));
        var dead = server.Asked.Count(asked => asked.Ask.Unit == 7 && asked.At >= from);
        Assert.InRange(dead, 10, 20); // once a minute, the longest pause here: each costs 0.7 s of a bus that has 60
        Assert.Contains("no answer within 0.7 s", (await field.StateAsync(field.Meters[6]))!.Fault, StringComparison.Ordinal);
        Assert.Empty(field.CameFrom(field.Meters[6], from));
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task A_connection_that_drops_all_packets_and_stays_open_is_given_up_and_its_neighbour_endpoint_hears_nothing_of_it(
        ModbusFraming framing)
    {
        await using var field = new FaultField(seed: 20261120, (framing, 4), (framing, 4));
        var (halfOpen, neighbour) = (field.Servers[0], field.Servers[1]);
        await field.PassAsync(FaultField.Period);
        var dead = halfOpen.Connections;
        halfOpen.Choose = (ask, _) => ask.Connection <= dead ? Fault.Silence : Fault.None;
        var from = field.NextSlot;
        await field.PassAsync(TimeSpan.FromMinutes(3));

        // The first slot finds it out; after that the new connection is as good as any.
        Assert.All(field.Meters.Where(meter => meter.Endpoint == 1), meter => field.ExpectEverySlot(meter, from, atMostLate: Soon));
        Assert.InRange(halfOpen.Connections, dead + 1, dead + 2);
        Assert.Equal(1, neighbour.Connections);
        var lost = halfOpen.Asked.Where(asked => asked.Fault == Fault.Silence).Select(asked => asked.At).ToList();
        Assert.InRange((lost[^1] - lost[0]).TotalSeconds, 0, 4);
        Assert.All(field.Meters, meter => field.ExpectEverySlot(meter, from + FaultField.Period, atMostLate: Soon));
    }

    [Fact]
    public async Task A_server_that_closes_after_every_answer_gives_all_blocks_in_every_slot()
    {
        await using var field = new FaultField(seed: 20261120, (ModbusFraming.Tcp, 3));
        field.Servers[0].Choose = (_, _) => Fault.CloseAfterAnswer;
        var from = field.NextSlot;
        await field.PassAsync(TimeSpan.FromMinutes(5));
        Assert.All(field.Meters, meter => field.ExpectEverySlot(meter, from, atMostLate: Soon));
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task An_endpoint_whose_meters_are_all_silent_delays_no_other_endpoint(ModbusFraming framing)
    {
        await using var field = new FaultField(seed: 20261120, (framing, 16), (framing, 8));
        field.Servers[0].Choose = (_, _) => Fault.Silence;
        await field.PassAsync(FaultField.Period);
        var from = field.NextSlot;
        await field.PassAsync(TimeSpan.FromMinutes(5));
        Assert.All(field.Meters.Where(meter => meter.Endpoint == 1), meter => field.ExpectEverySlot(meter, from, TimeSpan.FromSeconds(2)));
        field.Servers[0].Choose = (_, _) => Fault.None;
        await field.PassAsync(TimeSpan.FromMinutes(2));
        from = field.NextSlot;
        await field.PassAsync(TimeSpan.FromMinutes(2));
        Assert.All(field.Meters, meter => field.ExpectEverySlot(meter, from, atMostLate: Soon));
    }
}
