using System.Text.Json;
using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary>
/// The commands of the README, typed in order into one shell as they stand there: only addresses, ports and the place of the executable
/// differ.
/// </summary>
public sealed class ReadmeTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("needs", "peer")]
    public async Task The_commands_for_a_meter_and_a_gateway_make_their_readings_turn_up()
    {
        using var folder = new TempFolder();
        await using var service = await Service.StartAsync(folder);
        var modbus = Service.FreePort();
        await using var meter = OurProgram.Start("python3", [Repository.PathOf("tests", "EndToEnd", "peers", "modbus_meter.py"), $"{modbus}"]);
        await meter.LineAsync("ready", Soon);

        await using var typed = new Shell(service, folder.Path, modbus);
        var steps = Blocks("Connect a real meter");
        Assert.Equal(3, steps.Count);
        var found = await typed.RunAsync(steps[0]);
        Assert.Contains("model eastron-sdm630", found, StringComparison.Ordinal);
        Assert.Matches(@"energy_import +input 72 +4641 C100 +12400\.25 kWh", found);
        await typed.RunAsync(steps[1]);
        await service.KnowsGatewayAsync("GW-B");
        await FirstAsync(service, "meter=M-0001&quantity=energy_import");
        Assert.Contains("12400.25", await typed.RunAsync(steps[2]), StringComparison.Ordinal);
        foreach (var block in Blocks("Connect a gateway")) await typed.RunAsync(block);
        var before = Written(folder);
        await TypeGatewayPageAsync(typed, service);
        Assert.Equal(before, Written(folder));

        Assert.Equal(12400.25, await FirstAsync(service, "meter=M-0001&quantity=energy_import"), 1e-9);
        Assert.Equal(1234.5, await FirstAsync(service, "meter=M-0002&quantity=volume"));
        Assert.Equal(12345.67, await FirstAsync(service, "meter=M-0001&quantity=energy_import&from=2026-03-17T06:45:00Z&to=2026-03-17T06:45:01Z"));
    }

    // Whoever opens the page without having read the other has the service and nothing else.
    [Fact]
    [Trait("needs", "peer")]
    public async Task The_page_on_gateways_works_alone()
    {
        using var folder = new TempFolder();
        await using var service = await Service.StartAsync(folder);
        await using var typed = new Shell(service, folder.Path, modbus: 0);
        await TypeGatewayPageAsync(typed, service);
    }

    // The import is another process, and the listener looks every second: a person is slower than that.
    static async Task TypeGatewayPageAsync(Shell typed, Service service)
    {
        var block = Assert.Single(ReadmeBlocks.Of("docs/gateways.md")).Commands;
        var publish = block.IndexOf("mosquitto_pub", StringComparison.Ordinal);
        await typed.RunAsync(block[..publish]);
        await service.KnowsGatewayAsync("GW-T");
        await typed.RunAsync(block[publish..]);
        Assert.Equal(1066, await FirstAsync(service, "meter=M-T&quantity=energy_import&from=2026-03-17T06:44:30Z&to=2026-03-17T06:44:31Z"));
    }

    [Theory]
    [InlineData("README.md", "README.zh-CN.md", 5)]
    [InlineData("docs/gateways.md", "docs/gateways.zh-CN.md", 1)]
    public void The_Chinese_page_has_the_same_commands(string page, string inChinese, int least)
    {
        var english = ReadmeBlocks.Of(page).Select(block => ReadmeBlocks.WithoutComments(block.Commands)).ToList();
        var chinese = ReadmeBlocks.Of(inChinese).Select(block => ReadmeBlocks.WithoutComments(block.Commands)).ToList();
        Assert.True(english.Count >= least, $"{english.Count} blocks");
        Assert.Equal(english, chinese);
    }

    // The files of the README: another page must not write over them.
    static string Written(TempFolder folder) => string.Join(
        '\n', Directory.GetFiles(Path.Combine(folder.Path, "my-county")).Order(StringComparer.Ordinal).Select(File.ReadAllText));

    static IReadOnlyList<string> Blocks(string heading)
    {
        IReadOnlyList<string> found =
            [.. ReadmeBlocks.Of("README.md").Where(block => block.Heading.StartsWith(heading, StringComparison.Ordinal)).Select(block => block.Commands)];
        Assert.NotEmpty(found);
        return found;
    }

    static async Task<double> FirstAsync(Service service, string query)
    {
        var answer = await service.GetUntilAsync($"/api/v1/readings?{query}", found => found.GetProperty("readings").GetArrayLength() > 0, Soon);
        return answer.GetProperty("readings")[0].GetProperty("v").GetDouble();
    }

    /// <summary>A terminal at the root of the repository, as far as the commands can tell. It stays open from the first block to the last.</summary>
    sealed class Shell : IAsyncDisposable
    {
        readonly Service _service;
        readonly int _modbus;
        readonly OurProgram _bash;
        int _blocks;

        public Shell(Service service, string folder, int modbus)
        {
            (_service, _modbus) = (service, modbus);
            _bash = OurProgram.Start("bash", ["-eu"], new Dictionary<string, string> { ["ENERGYWATCH__Data"] = service.Data });
            _bash.Type($"cd '{folder}'");
        }

        /// <returns>What was printed; a command that fails ends the shell, and with it the test.</returns>
        public async Task<string> RunAsync(string commands)
        {
            var typed = Replace(commands, ("192.0.2.10:502", $"127.0.0.1:{_modbus}"), ("artifacts/app/energywatch", OurProgram.Path("src/Api", "energywatch")),
                ("-p 1883", $"-p {_service.MqttPort}"), ("http://127.0.0.1:8080", $"http://127.0.0.1:{_service.HttpPort}"));
            var (before, done) = (_bash.Printed.Length, $"=== block {++_blocks} is done");
            _bash.Type($"{typed}\necho '{done}'");
            await _bash.LineAsync(done, Soon);
            var printed = _bash.Printed[before..];
            // curl ends well whatever it is answered; a receipt says what was stored.
            if (typed.Contains("/api/v1/readings ", StringComparison.Ordinal)) Assert.Contains("\"stored\":1", printed, StringComparison.Ordinal);
            return printed;
        }

        public ValueTask DisposeAsync() => _bash.DisposeAsync();

        static string Replace(string text, params (string Written, string Meant)[] places) =>
            places.Aggregate(text, (now, place) => now.Replace(place.Written, place.Meant, StringComparison.Ordinal));
    }
}
