using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary>What an operator sees of a configuration that cannot be used.</summary>
public sealed class ConfigurationTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_unreadable_configuration_lists_all_its_faults_and_exits_2()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("bad.json"), """
            { "Zone": "Mars/Olympus", "Http": { "Port": 99999, "Bnd": "127.0.0.1" }, "Mqtt": { "Enabled": "perhaps" }, "Roles": [ "cook" ] }
            """);
        await using var check = OurProgram.EnergyWatch(["check", "--config", folder.File("bad.json")]);
        Assert.Equal(2, await check.EndAsync(Soon));
        foreach (var place in new[] { "Zone", "Http:Port", "Http:Bnd", "Mqtt:Enabled", "Roles" }) Assert.Contains(place, check.Printed, StringComparison.Ordinal);
        Assert.Contains("did you mean Http:Bind", check.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_that_is_no_json_exits_2_and_says_where()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("bad.json"), "{ \"Http\": { ");
        await using var run = OurProgram.EnergyWatch(["run", "--config", folder.File("bad.json")]);
        Assert.Equal(2, await run.EndAsync(Soon));
        Assert.Contains("bad.json", run.Printed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fly")]
    [InlineData("run", "--port")]
    [InlineData("key", "create")]
    public async Task Wrong_arguments_exit_2(params string[] arguments)
    {
        await using var command = OurProgram.EnergyWatch(arguments);
        Assert.Equal(2, await command.EndAsync(Soon));
    }

    [Fact]
    public async Task A_good_configuration_is_printed_as_what_would_run()
    {
        using var folder = new TempFolder();
        await using var check = OurProgram.EnergyWatch(["check", "--data", folder.Path]);
        Assert.Equal(0, await check.EndAsync(Soon));
        Assert.Contains("Asia/Shanghai", check.Printed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ingest", "Ingest")]
    [InlineData("analytics,api", "Analytics, Api")]
    public async Task Roles_narrow_what_a_process_runs(string given, string run)
    {
        using var folder = new TempFolder();
        await using var check = OurProgram.EnergyWatch(
            ["check", "--data", folder.Path], new Dictionary<string, string> { ["ENERGYWATCH__Roles"] = given });
        Assert.Equal(0, await check.EndAsync(Soon));
        Assert.Contains($"roles      {run}\n", check.Printed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ingest")]
    [InlineData("analytics")]
    [InlineData("api")]
    public async Task Each_role_starts_by_itself_and_says_that_it_is_ready(string role)
    {
        using var folder = new TempFolder();
        var port = Service.FreePort();
        await using var process = OurProgram.EnergyWatch(
            ["run", "--roles", role, "--port", $"{port}", "--mqtt-port", $"{Service.FreePort()}", "--data", folder.File("data")]);
        await process.LineAsync("EnergyWatch is ready", Soon);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using var ready = await http.GetAsync(new Uri("/readyz", UriKind.Relative));
        Assert.True(ready.IsSuccessStatusCode, await ready.Content.ReadAsStringAsync());
        Assert.Equal(0, await process.StopAsync());
    }

    [Fact]
    public async Task The_environment_has_the_last_word()
    {
        using var folder = new TempFolder();
        await using var check = OurProgram.EnergyWatch(
            ["check", "--data", folder.Path], new Dictionary<string, string> { ["ENERGYWATCH__Mqtt__Port"] = "18841" });
        Assert.Equal(0, await check.EndAsync(Soon));
        Assert.Contains("18841", check.Printed, StringComparison.Ordinal);
    }
}
