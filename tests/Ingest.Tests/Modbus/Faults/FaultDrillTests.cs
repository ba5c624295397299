using System.Globalization;
using EnergyWatch.Ingest.Modbus.Lines;
using Xunit.Abstractions;

namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>
/// Whatever a server does, no value is stored under another name, unit or time, its siblings keep their period, and all is well when it
/// stops. Seeded; ENERGYWATCH_DRILLS asks for more seeds than the few of every run.
/// </summary>
public sealed class FaultDrillTests(ITestOutputHelper output)
{
    static readonly int Drills = int.TryParse(
        Environment.GetEnvironmentVariable("ENERGYWATCH_DRILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var drills) ? drills : 1;

    static readonly Fault[] Faults = [.. Enum.GetValues<Fault>().Where(fault => fault != Fault.None)];

    [Fact]
    public async Task Random_faults_never_put_a_value_under_another_name_and_spare_the_siblings()
    {
        for (var drill = 0; drill < Drills; drill++) await DrillAsync(seed: 20261120 + 100 * drill);
    }

    async Task DrillAsync(int seed)
    {
        await using var field = new FaultField(
            seed, (ModbusFraming.Tcp, 8), (ModbusFraming.RtuOverTcp, 8), (ModbusFraming.Tcp, 3), (ModbusFraming.RtuOverTcp, 3));
        await field.PassAsync(FaultField.Period);

        // On the first two endpoints most units are good; on the others nobody is.
        foreach (var server in field.Servers)
            server.Choose = (ask, random) =>
                (ask.Endpoint < 2 && ask.Unit > 3) || random.Next(3) == 0 ? Fault.None : Faults[random.Next(Faults.Length)];
        var from = field.NextSlot;
        await field.PassAsync(TimeSpan.FromMinutes(30));
        foreach (var meter in field.Meters.Where(meter => meter is { Endpoint: < 2, Unit: > 3 }))
            field.ExpectEverySlot(meter, from, atMostLate: TimeSpan.FromSeconds(20));

        foreach (var server in field.Servers) server.Choose = (_, _) => Fault.None;
        await field.PassAsync(TimeSpan.FromMinutes(3));
        from = field.NextSlot;
        await field.PassAsync(TimeSpan.FromMinutes(3));
        foreach (var meter in field.Meters) field.ExpectEverySlot(meter, from, atMostLate: TimeSpan.FromSeconds(5));

        var asked = field.Servers.SelectMany(server => server.Asked).ToList();
        output.WriteLine($"seed {seed}: {asked.Count} requests, {asked.Count(ask => ask.Fault != Fault.None)} of them with a fault");
        Assert.Equal(Faults, asked.Select(ask => ask.Fault).Where(fault => fault != Fault.None).Distinct().Order());
    }
}
