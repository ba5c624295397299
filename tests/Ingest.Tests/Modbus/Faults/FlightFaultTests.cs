using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>Polls of a model with four questions on the way at once, before a meter that answers in any order and wrongly.</summary>
public sealed class FlightFaultTests
{
    const byte Unit = 7;
    static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    static readonly FieldModel Model = new("flight", "timing: { max_in_flight: 4 }\nlimits: { max_words: 4, max_hole: 0 }",
    [
        .. new[]
        {
            "energy_import", "energy_export", "power", "voltage_l1", "voltage_l2", "voltage_l3", "current_l1", "current_l2", "current_l3", "frequency",
            "volume", "heat",
        }.Select((key, i) => new FieldPoint(key, 3, (ushort)(40 * i), "uint64")),
    ]);

    static readonly Fault[] Faults =
    [
        Fault.Silence, Fault.Late, Fault.Twice, Fault.OldIdAfter, Fault.WrongUnit, Fault.WrongFunction, Fault.MoreRegisters, Fault.FutureId,
        Fault.GatewayException,
    ];

    readonly PollBench _bench = new();
    readonly FakeLink _link;
    readonly LineTransport _transport;
    readonly PolledMeter _meter;
    readonly MeterPoll _poll;

    public FlightFaultTests()
    {
        var endpoint = new ModbusEndpoint("10.0.0.1", 502, ModbusFraming.Tcp);
        var faults = new List<DefinitionFault>();
        var map = RegisterMapFile.Read("flight.yaml", new StringReader(Model.Yaml()), faults);
        Assert.Empty(faults);
        _link = new FakeLink(_bench.Clock, closingHelps: true);
        _transport = new LineTransport(endpoint, _link, TimeSpan.FromSeconds(3), _bench.Clock);
        _meter = new PolledMeter(new(new MeterId(1), "M-1", "GW-01", Unit, map!, Period), endpoint, _bench.Context);
        _poll = new MeterPoll(_transport, _bench.Context);
    }

    public static TheoryData<string, int> EachFault
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var fault in Faults)
                foreach (var place in new[] { 0, 2, 11 }) data.Add($"{fault}", place);
            return data;
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 10)];

    [Theory, MemberData(nameof(EachFault))]
    public async Task One_bad_answer_among_four_on_the_way_costs_no_register_its_value(string name, int place)
    {
        var server = new FlightServer(_link, _bench.Clock, seed: 20261120 + place);
        await PollAsync(server);
        Assert.Equal(Model.Points.Count, await PollAsync(server));
        var first = server.Asked.Count;
        server.Choose = ask => ask.Number == first + place ? Enum.Parse<Fault>(name) : Fault.None;
        Assert.Equal(Model.Points.Count, await PollAsync(server));
        Assert.Equal((null, null), (_poll.LinkFault, _poll.Fault));
        Assert.InRange(server.Asked.Count - first, Model.Points.Count, 2 * Model.Points.Count + 1);
        server.Choose = _ => Fault.None;
        first = server.Asked.Count;
        Assert.Equal(Model.Points.Count, await PollAsync(server));
        Assert.Equal(Model.Points.Count, server.Asked.Count - first);
    }

    [Theory, MemberData(nameof(Seeds))]
    public async Task Whatever_a_meter_does_with_many_questions_no_value_is_of_another_and_what_it_answered_is_kept(int seed)
    {
        var random = new Random(seed);
        var server = new FlightServer(_link, _bench.Clock, seed) { Choose = _ => random.Next(12) == 0 ? Faults[random.Next(Faults.Length)] : Fault.None };
        var (came, whole) = (0, 0);
        for (var poll = 0; poll < 150; poll++)
        {
            var values = await PollAsync(server);
            came += values;
            if (values == Model.Points.Count) whole++;
            else Assert.NotNull(_poll.Fault);
        }
        Assert.InRange(came, 150 * Model.Points.Count * 3 / 4, 150 * Model.Points.Count);
        Assert.InRange(whole, 50, 150);
        server.Choose = _ => Fault.None;
        _bench.Clock.Advance(TimeSpan.FromHours(1));
        await PollAsync(server);
        Assert.Equal(Model.Points.Count, await PollAsync(server));
    }

    // How many values a poll brought, each of them judged.
    async Task<int> PollAsync(FlightServer server)
    {
        _bench.Clock.Advance(Period);
        await _link.UntilAsync(RunAsync());
        if (_poll.AnsweredAt is null) _meter.Health.Failed(_bench.Context.Steady.Now.Steady);
        else _meter.Health.Answered();
        _meter.PlanNext(_bench.Context.Steady.Now);
        foreach (var reading in _poll.Readings)
        {
            var point = Model.Point(reading.Series.Quantity);
            Assert.Null(FieldWords.Foreign(point, 0, Unit, reading.Value, out var number));
            var (ask, at) = server.Asked[number!.Value];
            Assert.Equal((at, point.Address), (reading.At, ask.Address));
        }
        Assert.Distinct(_poll.Readings.Select(reading => reading.Series));
        return _poll.Readings.Count;
    }

    async Task<bool> RunAsync()
    {
        await _poll.RunAsync(_meter, default);
        return true;
    }
}
