using System.CommandLine;
using System.Globalization;
using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Buildings;
using EnergyWatch.Simulator.History;
using EnergyWatch.Simulator.Metering;

namespace EnergyWatch.Simulator.Commands;

/// <summary><c>history [--from] [--to] [--step] --out DIR</c></summary>
static class HistoryCommand
{
    public static Command Create(TimeProvider clock)
    {
        var from = Options.Time("--from", "Start; 13 months before the first of this month where it is left out.");
        var to = Options.Time("--to", "End, not included; now where it is left out.");
        var step = new Option<int>("--step") { Description = "Seconds between two readings of a meter.", DefaultValueFactory = _ => 3600 };
        step.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 60) result.AddError("--step must be 60 or more.");
        });
        var folder = Options.Out();
        var command = new Command("history", "Writes what the meters showed, one CSV file in wide form per quantity.") { from, to, step, folder };
        command.SetAction(parsed =>
        {
            var end = parsed.GetValue(to) ?? clock.GetUtcNow();
            var start = parsed.GetValue(from) ?? ThirteenMonthsBefore(end);
            return Run(start, end, TimeSpan.FromSeconds(parsed.GetValue(step)), parsed.GetRequiredValue(folder), clock);
        });
        return command;
    }

    static int Run(DateTimeOffset from, DateTimeOffset to, TimeSpan step, DirectoryInfo folder, TimeProvider clock)
    {
        if (from >= to || Instant.From(from) < Moment.StartOf(County.DemoCounty.FirstDay))
        {
            Console.Error.WriteLine($"history: {from:O} to {to:O} is no period from {County.DemoCounty.FirstDay:O} on.");
            return 2;
        }
        var began = clock.GetTimestamp();
        var values = 0L;
        foreach (var file in HistoryWriter.Write(new Period(Instant.From(from), Instant.From(to)), step, folder))
        {
            Console.WriteLine(file);
            values += file.Values;
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{values:N0} values from {from:O} to {to:O} in {clock.GetElapsedTime(began).TotalSeconds:F1} s"));
        return 0;
    }

    internal static DateTimeOffset ThirteenMonthsBefore(DateTimeOffset now)
    {
        var local = now.ToOffset(Yearly.Local);
        return new DateTimeOffset(local.Year, local.Month, 1, 0, 0, 0, Yearly.Local).AddMonths(-13);
    }
}
