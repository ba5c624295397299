using System.CommandLine;
using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Push;

namespace EnergyWatch.Api.Cli;

/// <summary><c>energywatch import-readings FILE</c>: readings from CSV through the same pipeline as every other reading.</summary>
static class ImportReadingsCommand
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Long form meter,quantity,time,value, or wide form time,<meter>,<meter>…" };
        file.AcceptExistingOnly();
        var quantity = new Option<string?>("--quantity") { Description = "What the columns of the wide form measure, e.g. energy_import" };
        var zone = new Option<string?>("--zone") { Description = "Zone of times without an offset, e.g. Asia/Shanghai" };
        var command = new Command("import-readings", "Import readings from a CSV file") { file, quantity, zone };
        command.SetAction((parsed, stop) =>
        {
            var config = CommandLine.Config(parsed);
            var path = parsed.GetRequiredValue(file);
            var request = new CsvImportRequest(path.Name, QuantityOf(parsed.GetValue(quantity)), ZoneOf(parsed.GetValue(zone)));
            return StoreCommand.RunAsync(config, async services =>
            {
                await using var csv = path.OpenRead();
                var result = await ReadingCsvImport.RunAsync(
                    csv, request, services.GetRequiredService<IReadingSink>(), services.GetRequiredService<IRegistry>().Current,
                    services.GetRequiredService<TimeProvider>(), new ConsoleProgress(), stop);
                ConsoleProgress.End();
                Output.Print(parsed, result, () => Summary(path.Name, result));
                return result.FaultCount == 0 ? ExitCode.Ok : ExitCode.Failed;
            }, stop, services => services.AddReadingPipeline(config.Ingest.Pipeline));
        });
        return command;
    }

    static Quantity? QuantityOf(string? key) => key is null ? null
        : Quantities.TryParse(key, out var quantity) ? quantity
        : throw new CommandFailedException($"--quantity {key} is not one of {string.Join(", ", Quantities.All.Select(info => info.Key))}.");

    static TimeZoneInfo? ZoneOf(string? id) => id is null ? null
        : TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone
        : throw new CommandFailedException($"--zone {id} is not an IANA time zone.");

    static string Summary(string name, CsvImportResult result)
    {
        var faults = result.Faults.Select(fault => $"  {name}:{fault.Line} {fault.Column}: {fault.Reason}");
        var more = result.FaultCount > result.Faults.Count ? [$"  … and {result.FaultCount - result.Faults.Count} more"] : Array.Empty<string>();
        return string.Join('\n', faults.Concat(more).Append(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {result.Rows} rows, {result.Stored} readings stored, {result.Quarantined} in quarantine, {result.FaultCount} faults")));
    }

    /// <summary>Counts on one line of the error stream while it is looked at by a person.</summary>
    sealed class ConsoleProgress : IProgress<long>
    {
        public void Report(long value)
        {
            if (!Console.IsErrorRedirected) Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{value} readings "));
        }

        /// <summary>Back to the start of the line, which the summary writes over.</summary>
        public static void End()
        {
            if (!Console.IsErrorRedirected) Console.Error.Write('\r');
        }
    }
}
