using System.Globalization;
using System.Text.Json;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary>The first screen in a browser, on the demo county with some weeks of history: what it shows is what the service answers.</summary>
[Trait("needs", "peer")]
public sealed class DashboardTests
{
    static readonly TimeSpan FiguresWithin = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Every_number_on_the_screen_is_that_of_the_service()
    {
        Assert.True(File.Exists(Repository.PathOf("src", "Api", "wwwroot", "index.html")), "The dashboard was not built before the service.");
        using var folder = new TempFolder();
        await using var service = await Service.StartAsync(folder);
        await service.CommandAsync("import", Repository.PathOf("seeds", "demo-county"));
        await LoadHistoryAsync(service, folder.File("history"));
        await service.KnowsGatewayAsync("MQ-01");

        using (var run = await service.Http.PostAsync(new Uri("/api/v1/jobs/usage/run", UriKind.Relative), null)) run.EnsureSuccessStatusCode();
        await service.GetUntilAsync("/api/v1/overview", AllInstitutionsHaveFigures, FiguresWithin);

        await using var browser = OurProgram.Start(
            "node", [Repository.PathOf("src", "Api", "Dashboard", "tests", "smoke", "live.mjs"), service.Http.BaseAddress!.ToString(), Service.Password]);
        var code = await browser.EndAsync(TimeSpan.FromMinutes(3));
        Assert.True(code == 0, browser.Printed);
        Assert.Contains("6 passed, 0 failed", browser.Printed, StringComparison.Ordinal);
    }

    static async Task LoadHistoryAsync(Service service, string folder)
    {
        var from = Some.Calendar.DayOf(TimeProvider.System.Now()).AddDays(-40);
        await using var simulator = OurProgram.Simulator("history", "--from", from.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), "--out", folder);
        Assert.True(await simulator.EndAsync(TimeSpan.FromMinutes(1)) == 0, simulator.Printed);
        foreach (var file in Directory.GetFiles(folder, "*.csv"))
            await service.CommandAsync("import-readings", file, "--quantity", Path.GetFileNameWithoutExtension(file));
    }

    static bool AllInstitutionsHaveFigures(JsonElement overview) => overview.GetProperty("institutions").EnumerateArray()
        .All(institution => institution.GetProperty("energyYear").GetProperty("v").ValueKind == JsonValueKind.Number);
}
