using System.CommandLine;
using System.Net.Sockets;
using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Api.Configuration;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Store.Sqlite;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Api.Cli;

/// <summary>The commands of the executable (contract section 1) and their exit codes.</summary>
static class CommandLine
{
    public static readonly Option<FileInfo?> ConfigFile = new("--config") { Description = "A JSON file with settings", Recursive = true };
    public static readonly Option<string?> DataFolder = new("--data") { Description = "The folder of the embedded store (default ./data)", Recursive = true };
    public static readonly Option<bool> Json = new("--json") { Description = "Print data as JSON", Recursive = true };

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("EnergyWatch: energy monitoring for public buildings and rooftop PV")
        {
            ConfigFile, DataFolder, Json,
            RunCommand.Create(), CheckCommand.Create(), ImportCommand.Create(), ImportReadingsCommand.Create(),
            ReadCommand.Create(), ScanCommand.Create(), ModelsCommand.Create(), DialectsCommand.Create(), KeyCommand.Create(), UserCommand.Create(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync("Try --help.");
            return ExitCode.BadConfiguration;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // The service stops itself on a signal, in its own time; a command that does not is ended by the second signal.
                ProcessTerminationTimeout = parsed.CommandResult.Command.Name == RunCommand.Name ? null : TimeSpan.FromSeconds(5),
            });
        }
        catch (ConfigurationRefusedException refused)
        {
            await Console.Error.WriteLineAsync($"{refused.Message}:");
            foreach (var fault in refused.Faults) await Console.Error.WriteLineAsync($"  {fault}");
            return ExitCode.BadConfiguration;
        }
        catch (Exception refused) when (refused is StoreSchemaException or StoreZoneException or CalibersRefusedException)
        {
            await Console.Error.WriteLineAsync(refused is CalibersRefusedException seeds ? string.Join('\n', seeds.Faults) : refused.Message);
            return ExitCode.BadConfiguration;
        }
        catch (BadArgumentException bad)
        {
            await Console.Error.WriteLineAsync($"{bad.Message}\nTry --help.");
            return ExitCode.BadConfiguration;
        }
        catch (Exception failed) when (InWords(failed) is { } words)
        {
            await Console.Error.WriteLineAsync(words);
            return ExitCode.Failed;
        }
    }

    /// <summary>What an operator can mend, in words; null for a fault of ours, which keeps its stack trace.</summary>
    static string? InWords(Exception failed) => failed switch
    {
        CommandFailedException or UnauthorizedAccessException or NotStoredException => failed.Message,
        SqliteException or SocketException or DllNotFoundException => failed.Message,
        IOException io => io.Message,
        OperationCanceledException => "Stopped.",
        _ => null,
    };

    public static AppConfig Config(ParseResult parsed) =>
        AppConfig.Read(Settings.Read(parsed.GetValue(ConfigFile), parsed.GetValue(DataFolder)));
}

/// <summary>How a command ended, for scripts.</summary>
static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int BadConfiguration = 2;
}

/// <summary>A command could not do its work; the message says what and why.</summary>
sealed class CommandFailedException(string message) : Exception(message);

/// <summary>An argument that cannot be meant; the message says which, and what is allowed.</summary>
sealed class BadArgumentException(string message) : Exception(message);
