using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.County;
using EnergyWatch.Simulator.Metering;
using EnergyWatch.Simulator.Modbus;
using EnergyWatch.Simulator.Mqtt;

namespace EnergyWatch.Simulator.Commands;

/// <summary><c>run --seeds DIR [--mqtt-host] [--mqtt-port] [--speed] [--since]</c></summary>
static class RunCommand
{
    public static Command Create(TimeProvider clock)
    {
        var seeds = new Option<DirectoryInfo>("--seeds") { Required = true, Description = "Folder with meters.csv and gateways.csv." };
        var host = new Option<string>("--mqtt-host") { Description = "Where to publish.", DefaultValueFactory = _ => "127.0.0.1" };
        var port = new Option<int>("--mqtt-port") { Description = "Its port.", DefaultValueFactory = _ => 1883 };
        var speed = new Option<double>("--speed") { Description = "Publishes so many times as often.", DefaultValueFactory = _ => 1 };
        var since = Options.Time("--since", "MQTT gateways also send what they recorded since then (at most 7 days).");
        var command = new Command("run", "Plays the meters and gateways until it is stopped.") { seeds, host, port, speed, since };
        command.SetAction(async (parsed, stop) =>
        {
            var now = clock.GetUtcNow();
            var oldest = now - Recorder.Kept;
            var from = parsed.GetValue(since) is { } asked ? asked > oldest ? asked : oldest : now;
            var played = new RunSettings(
                parsed.GetRequiredValue(seeds), parsed.GetRequiredValue(host), parsed.GetValue(port), parsed.GetValue(speed), Instant.From(from));
            return await RunAsync(played, clock, stop);
        });
        return command;
    }

    sealed record RunSettings(DirectoryInfo Seeds, string Host, int Port, double Speed, Instant Since);

    static async Task<int> RunAsync(RunSettings settings, TimeProvider clock, CancellationToken stop)
    {
        // Modbus clients may come with a clock a little behind; an hour of sums more costs nothing.
        var county = new LiveCounty(settings.Since - TimeSpan.FromHours(1));
        var wiring = SeedWiring.Read(settings.Seeds, county);
        foreach (var fault in wiring.Unknown) Console.Error.WriteLine(fault);
        var servers = new List<ModbusGateway>();
        try
        {
            foreach (var (endpoint, framing, units) in wiring.Modbus)
            {
                // One port that somebody else holds silences one gateway, as a broken one would be; the others play on.
                try { servers.Add(new ModbusGateway(endpoint, new ModbusAnswers(units, clock), framing)); }
                catch (SocketException busy) { Console.Error.WriteLine($"{endpoint}: {busy.Message}; its meters stay silent"); }
            }
            var pushing = wiring.Mqtt.Select(gateway => new PushGateway(
                new PushTarget(settings.Host, settings.Port, gateway.Code, gateway.Username, gateway.Secret),
                new Recorder(gateway.Meters, settings.Since, settings.Speed), clock, Console.Error.WriteLine)).ToList();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Simulator is ready: {servers.Count} Modbus gateways on ports {string.Join(' ', servers.Select(server => server.Port))}, "
                + $"{pushing.Count} MQTT gateways to {settings.Host}:{settings.Port}, {wiring.Meters} meters"));
            await Task.WhenAll([.. servers.Select(server => server.RunAsync(stop)), .. pushing.Select(gateway => gateway.RunAsync(stop))]);
            return 0;
        }
        finally
        {
            foreach (var server in servers) server.Dispose();
        }
    }
}
