using System.Text.Json;
using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary><c>scan</c>, <c>read</c> and <c>models</c> as scripts use them: exit codes, <c>--json</c>, <c>--help</c> (contract section 1).</summary>
public sealed class MeterCommandTests : IDisposable
{
    const string BadModel = """
        schema: 1
        id: my
        version: 1
        vendor: Me
        models: [mine]
        class: meter
        source: a slip of the pen
        evidence: example
        points:
          - { key: energy_import, address: 0, type: uint32, unit: kWh }
        self_tests:
          - { key: energy_import, words: [0, 1], value: 2, shows: maximum }
        """;

    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("scan", "--units")]
    [InlineData("read", "--unit")]
    [InlineData("models", "test")]
    [InlineData("models test", "--json")]
    public async Task A_command_explains_itself(string command, string names)
    {
        var run = await CommandRun.OfAsync([.. command.Split(' '), "--help"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains(names, run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scan", "--host")]
    [InlineData("scan --host 127.0.0.1:20009 --units 1-300", "not like 1-32")]
    [InlineData("scan --host 127.0.0.1:20009 --timeout 0", "--timeout must be")]
    [InlineData("scan --host 127.0.0.1:20009 --framing ascii", "ascii")]
    [InlineData("read", "--host")]
    [InlineData("read --host 127.0.0.1:20009 --model no-such", "There is no model 'no-such'; there are acrel-adl400")]
    [InlineData("read --host 127.0.0.1:20009 --unit 256", "is not a Modbus unit from 0 to 255")]
    [InlineData("read --host 127.0.0.1:20009 --model eastron-sdm630 --unit 000000000161", "is not a Modbus unit")]
    [InlineData("read --host 127.0.0.1:20009 --framing rtu --model dlt645-2007 --unit 161", "the 12 digits of a DL/T 645-2007 address")]
    [InlineData("read --host 127.0.0.1:20009 --unit 000000000161", "name the model with --model, one of dlt645-1997, dlt645-2007")]
    [InlineData("read --host 127.0.0.1:20009 --unit AAAAAAAAAAAAAA", "a CJ/T 188 address: name the model with --model, one of cjt188-gas")]
    [InlineData("read --host 127.0.0.1:20009 --unit 1/2/3", "is not a Modbus unit")]
    [InlineData("models tets", "tets")]
    public async Task A_bad_argument_is_named_and_ends_with_2(string command, string reason)
    {
        var run = await CommandRun.OfAsync(command.Split(' '));
        Assert.Equal((2, ""), (run.Code, run.Out));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scan --units 1")]
    [InlineData("read --unit 1")]
    [InlineData("read --unit 1/2")]
    [InlineData("read --model eastron-sdm630 --unit 1")]
    public async Task Nobody_at_the_endpoint_ends_with_1_and_the_reason(string command)
    {
        var run = await CommandRun.OfAsync([.. command.Split(' '), "--host", $"127.0.0.1:{Service.FreePort()}"]);
        Assert.Equal((1, ""), (run.Code, run.Out));
        Assert.Contains("cannot be reached", run.Error, StringComparison.Ordinal);
    }

    [Fact, Trait("needs", "peer")]
    public async Task A_meter_is_scanned_and_read_for_people_and_for_programs()
    {
        var port = Service.FreePort();
        await using var meter = OurProgram.Start("python3", [Repository.PathOf("tests", "EndToEnd", "peers", "modbus_meter.py"), $"{port}"]);
        await meter.LineAsync("ready", TimeSpan.FromSeconds(30));
        string[] at = ["--host", $"127.0.0.1:{port}"];

        var scan = await CommandRun.OfAsync(["scan", .. at, "--units", "1-2", "--json"]);
        Assert.Equal(0, scan.Code);
        Assert.Equal([(1, true), (2, false)], scan.Json.EnumerateArray().Select(unit => (unit.GetProperty("unit").GetInt32(), unit.GetProperty("answers").GetBoolean())));
        Assert.Equal("eastron-sdm630", scan.Json[0].GetProperty("models")[0].GetString());
        Assert.Contains("1 of 2 unit(s) answered", scan.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await CommandRun.OfAsync(["scan", .. at, "--units", "2"])).Code);

        var read = await CommandRun.OfAsync(["read", .. at, "--unit", "1", "--json"]);
        Assert.Equal(0, read.Code);
        var energy = read.Json.EnumerateArray().Single(point => point.GetProperty("key").GetString() == "energy_import");
        Assert.Equal((12400.25, "kWh", "4641 C100"), (energy.GetProperty("value").GetDouble(), energy.GetProperty("unit").GetString(), energy.GetProperty("raw").GetString()));
        var shown = await CommandRun.OfAsync(["read", .. at, "--unit", "1", "--model", "generic-energy-float"]);
        Assert.Equal(0, shown.Code);
        Assert.Matches("energy_import +holding 0 +4587 0C00 +4321.5 kWh", shown.Out);
        var wrong = await CommandRun.OfAsync(["read", .. at, "--unit", "1", "--model", "growatt-tlx"]);
        Assert.Equal((1, ""), (wrong.Code, wrong.Out));
        Assert.Contains("it answers, but not with what growatt-tlx has", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_are_listed_with_evidence_and_protocol_as_their_files_name_them()
    {
        var run = await CommandRun.OfAsync("models", "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var meter = run.Json.EnumerateArray().Single(model => Text(model, "id") == "dlt645-2007");
        Assert.Equal(("meter", "dlt645_2007", "secondary"), (Text(meter, "class"), Text(meter, "protocol"), Text(meter, "evidence")));
        var people = await CommandRun.OfAsync("models");
        Assert.Matches("(?m)^model +vendor +protocol +evidence +meters$", people.Out);
        Assert.Matches("(?m)^irradiance-sensor +IMT +modbus +manual +Si-RS485TC", people.Out);
    }

    [Fact]
    public async Task A_file_that_does_not_load_is_told_by_every_command_that_needs_it()
    {
        File.WriteAllText(_folder.File("my.yaml"), BadModel);
        const string Reason = "0000 0001 reads 1, expected is 2";
        var list = await CommandRun.OfAsync(_folder.Path, ["models"]);
        Assert.Equal(1, list.Code);
        Assert.Contains(Reason, list.Error, StringComparison.Ordinal);

        var test = await CommandRun.OfAsync(_folder.Path, ["models", "test"]);
        Assert.Equal(1, test.Code);
        Assert.Contains($"FAILED  {_folder.File("my.yaml")}:12 self_tests energy_import: {Reason}", test.Out, StringComparison.Ordinal);
        Assert.EndsWith("passed, 1 failed", test.Out.TrimEnd(), StringComparison.Ordinal);
        var rows = (await CommandRun.OfAsync(_folder.Path, ["models", "test", "--json"])).Json.EnumerateArray().ToList();
        var failed = Assert.Single(rows, row => !row.GetProperty("passed").GetBoolean());
        Assert.Equal("my", Text(failed, "model"));
        Assert.Contains(rows, row => Text(row, "shows") == "sentinel");
        Assert.Equal(0, (await CommandRun.OfAsync("models", "test")).Code);

        var read = await CommandRun.OfAsync(_folder.Path, ["read", "--host", "127.0.0.1:20009", "--model", "my"]);
        Assert.Equal(2, read.Code);
        Assert.Contains("The model 'my' did not load", read.Error, StringComparison.Ordinal);
        var scan = await CommandRun.OfAsync(_folder.Path, ["scan", "--host", $"127.0.0.1:{Service.FreePort()}", "--units", "1"]);
        Assert.Contains(Reason, scan.Error, StringComparison.Ordinal);
    }

    static string? Text(JsonElement row, string key) => row.GetProperty(key).GetString();
}
