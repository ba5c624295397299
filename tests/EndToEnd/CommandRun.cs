using System.Diagnostics;
using System.Text.Json;
using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary>A command of <c>energywatch</c> that has ended: its exit code, and what a script sees of it apart from what a person does.</summary>
sealed record CommandRun(int Code, string Out, string Error)
{
    static readonly TimeSpan Ends = TimeSpan.FromSeconds(60);

    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    public static Task<CommandRun> OfAsync(params string[] arguments) => OfAsync(null, arguments);

    /// <param name="userModels">A folder of models beside the shipped ones.</param>
    public static async Task<CommandRun> OfAsync(string? userModels, string[] arguments)
    {
        var start = new ProcessStartInfo(OurProgram.Path("src/Api", "energywatch"), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root,
        };
        if (userModels is not null) start.Environment["ENERGYWATCH__Modbus__UserModelsFolder"] = userModels;
        using var process = Process.Start(start)!;
        using var late = new CancellationTokenSource(Ends);
        var (printed, told) = (process.StandardOutput.ReadToEndAsync(late.Token), process.StandardError.ReadToEndAsync(late.Token));
        await process.WaitForExitAsync(late.Token);
        return new(process.ExitCode, await printed, await told);
    }
}
