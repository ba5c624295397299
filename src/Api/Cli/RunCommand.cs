using System.CommandLine;
using EnergyWatch.Api.Configuration;
using EnergyWatch.Api.Hosting;
using EnergyWatch.Domain.Indicators;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch run</c>: the service.</summary>
static class RunCommand
{
    public const string Name = "run";

    public static Command Create()
    {
        var roles = new Option<string?>("--roles") { Description = "ingest,analytics,api (default all)" };
        var port = new Option<int?>("--port") { Description = "HTTP port (default 8080)" };
        var mqttPort = new Option<int?>("--mqtt-port") { Description = "MQTT port (default 1883)" };
        var command = new Command(Name, "Run the service. Settings beyond these: --config FILE, or the environment, as the README says") { roles, port, mqttPort };
        command.SetAction(async (parsed, stop) =>
        {
            var settings = new ConfigurationBuilder()
                .AddConfiguration(Settings.Read(parsed.GetValue(CommandLine.ConfigFile), parsed.GetValue(CommandLine.DataFolder)));
            settings.AddInMemoryCollection(Given(("Roles", parsed.GetValue(roles)), ("Http:Port", parsed.GetValue(port)), ("Mqtt:Port", parsed.GetValue(mqttPort))));
            var config = AppConfig.Read(settings.Build());

            await using var app = ServiceHost.Build(config);
            // A fault in the seeds is said now, not when the first figure is asked for.
            app.Services.GetService<ICalibers>();
            foreach (var warning in config.Warnings()) Console.WriteLine($"Warning: {warning}");
            await app.StartAsync(stop);
            var password = config.Roles.HasFlag(Roles.Api) ? await FirstAccount.EnsureAsync(app.Services, stop) : null;
            if (config.Roles.HasFlag(Roles.Api)) Console.WriteLine(Ready(app, password));
            else Console.WriteLine($"EnergyWatch is ready: {config.Roles}");
            await app.WaitForShutdownAsync(stop);
            return ExitCode.Ok;
        });
        return command;
    }

    static string Ready(WebApplication app, string? password) =>
        $"EnergyWatch is ready: {app.Urls.First(url => url.StartsWith("http", StringComparison.Ordinal))}  user {FirstAccount.Name}  "
        + (password is null ? "password as set at the first start" : $"password {password}");

    static IEnumerable<KeyValuePair<string, string?>> Given(params (string Path, object? Value)[] values) => values
        .Where(entry => entry.Value is not null)
        .Select(entry => KeyValuePair.Create(entry.Path, Convert.ToString(entry.Value, System.Globalization.CultureInfo.InvariantCulture)));
}
