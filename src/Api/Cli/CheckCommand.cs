using System.CommandLine;
using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Api.Configuration;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Store.Sqlite;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch check</c>: the configuration and the seeds, every fault at once, then what would run.</summary>
static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command("check", "Validate configuration and seeds, then print what would run");
        command.SetAction(async (parsed, stop) =>
        {
            var config = CommandLine.Config(parsed);
            var models = RegisterMaps.Load(config.Ingest.Modbus.ModelFolders);
            var dialects = DialectList.Load(config.Ingest.Mqtt);
            var maps = SparkplugChecks.MapFaults(config.Ingest.Mqtt, config.Ingest.Brokers);
            var faults = models.Faults.Concat(dialects.Faults).Concat(maps).Select(fault => $"{fault}").ToList();
            CaliberFiles? calibers = null;
            try { calibers = CaliberFiles.Load(config.Calibers); }
            catch (CalibersRefusedException refused) { faults.AddRange(refused.Faults.Select(fault => $"{fault}")); }

            foreach (var fault in faults) Console.Error.WriteLine(fault);
            if (faults.Count > 0) return ExitCode.BadConfiguration;
            foreach (var (what, value) in Plan(config, models, dialects, calibers!)) Console.WriteLine($"{what,-10} {value}");
            foreach (var warning in config.Warnings().Concat(await UnknownDialectsAsync(config, dialects, stop)))
                Console.WriteLine($"Warning: {warning}");
            return ExitCode.Ok;
        });
        return command;
    }

    // Only where there is a store already: a check leaves none behind.
    static async Task<IReadOnlyList<string>> UnknownDialectsAsync(AppConfig config, DialectList dialects, CancellationToken stop)
    {
        if (!File.Exists(new StoreOptions(config.Data).RecordsFile)) return [];
        var unknown = new List<string>();
        await StoreCommand.RunAsync(config, services =>
        {
            var registry = services.GetRequiredService<IRegistry>().Current;
            var gateways = registry.Gateways;
            unknown.AddRange(config.Ingest.Brokers.Where(broker => broker.Gateway is { } code && registry.Gateway(code) is null)
                .Select(broker => $"broker {broker.Name} names the gateway {broker.Gateway}, which is unknown here."));
            unknown.AddRange(gateways.Where(gateway => gateway.Dialect is { } dialect && !dialects.Knows(dialect)).Select(
                gateway => $"gateway {gateway.Code} names the dialect {gateway.Dialect}, which is unknown here: nothing it sends in it is taken."));
            return Task.FromResult(ExitCode.Ok);
        }, stop);
        return unknown;
    }

    static IEnumerable<(string What, string Value)> Plan(AppConfig config, RegisterMaps models, DialectList dialects, CaliberFiles calibers)
    {
        yield return ("roles", $"{config.Roles}");
        yield return ("zone", config.Calendar.Zone.Id);
        yield return ("store", $"SQLite in {Path.GetFullPath(config.Data)}");
        yield return ("http", $"{config.Http.Bind}:{config.Http.Port}");
        yield return ("mqtt", config.Ingest.Mqtt.Ports);
        foreach (var broker in config.Ingest.Brokers) yield return ("broker", $"{broker.Name} at {broker.Host}:{broker.EffectivePort}");
        yield return ("models", $"{models.All.Count} meter models");
        yield return ("dialects", string.Join(", ", dialects.All.Select(row => row.Name)));
        yield return ("calibers", string.Join(", ", calibers.All.Select(caliber => caliber == calibers.Default ? $"{caliber.Id} (default)" : caliber.Id)));
    }
}
