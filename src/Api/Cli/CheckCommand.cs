using System.CommandLine;
using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Api.Configuration;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch check</c>: the configuration and the seeds, every fault at once, then what would run.</summary>
static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command("check", "Validate configuration and seeds, then print what would run");
        command.SetAction(parsed =>
        {
            var config = CommandLine.Config(parsed);
            var models = RegisterMaps.Load(config.Ingest.Modbus.ModelFolders);
            var faults = models.Faults.Select(fault => $"{fault}").ToList();
            CaliberFiles? calibers = null;
            try { calibers = CaliberFiles.Load(config.Calibers); }
            catch (CalibersRefusedException refused) { faults.AddRange(refused.Faults.Select(fault => $"{fault}")); }

            foreach (var fault in faults) Console.Error.WriteLine(fault);
            if (faults.Count > 0) return ExitCode.BadConfiguration;
            foreach (var (what, value) in Plan(config, models, calibers!)) Console.WriteLine($"{what,-10} {value}");
            foreach (var warning in config.Warnings()) Console.WriteLine($"Warning: {warning}");
            return ExitCode.Ok;
        });
        return command;
    }

    static IEnumerable<(string What, string Value)> Plan(AppConfig config, RegisterMaps models, CaliberFiles calibers)
    {
        yield return ("roles", $"{config.Roles}");
        yield return ("zone", config.Calendar.Zone.Id);
        yield return ("store", $"SQLite in {Path.GetFullPath(config.Data)}");
        yield return ("http", $"{config.Http.Bind}:{config.Http.Port}");
        yield return ("mqtt", config.Ingest.Mqtt.Ports);
        foreach (var broker in config.Ingest.Brokers) yield return ("broker", $"{broker.Name} at {broker.Host}:{broker.EffectivePort}");
        yield return ("models", $"{models.All.Count} meter models");
        yield return ("calibers", string.Join(", ", calibers.All.Select(caliber => caliber == calibers.Default ? $"{caliber.Id} (default)" : caliber.Id)));
    }
}
