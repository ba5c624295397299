using System.Text;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>What is wrong with a dialect file is said with its line, and harms no other file.</summary>
public sealed class DialectFileTests : IDisposable
{
    const string Good = """
        schema: 1
        name: good
        version: 1
        title: A good one
        source: made up
        evidence: example
        messages:
          - topic: a/{gateway}/b
            meter: only
            time: { at: t, as: epoch }
            items: .
            keys:
              E: { quantity: energy_import, unit: Wh, scale: 10 }
              x: ignore
        tests:
          - name: a reading
            topic: a/gw/b
            sent: '{"t":1773729900,"E":"150"}'
            readings: [meter energy_import 1.5 kWh 2026-03-17T06:45:00.000Z]
        """;

    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_good_file_loads() => Assert.Equal("good", Read(Good, out _)!.Name);

    [Theory]
    [InlineData("scale: 10", "scale: 0", "messages[0].keys.E.scale")]
    [InlineData("unit: Wh", "unit: Ws", "messages[0].keys.E.unit")]
    [InlineData("quantity: energy_import, unit: Wh", "quantity: enrgy, unit: Wh", "messages[0].keys.E.quantity")]
    [InlineData("evidence: example", "evidence: rumour", "evidence")]
    [InlineData("topic: a/{gateway}/b\n    meter", "topic: a/+/b\n    meter", "messages[0].topic")]
    [InlineData("topic: a/{gateway}/b\n    meter", "topic: a/{gateway}{b}/b\n    meter", "messages[0].topic")]
    [InlineData("as: epoch", "as: sundial", "messages[0].time.as")]
    [InlineData("meter: only", "metre: only", "messages[0].metre")]
    [InlineData("meter: only", "zz: 1", "messages[0].meter")]
    [InlineData("name: good", "name: Good One", "name")]
    [InlineData("x: ignore", "x: forget", "messages[0].keys.x")]
    [InlineData("schema: 1", "schema: 2", "schema")]
    [InlineData("items: .\n    keys:", "items: ['.', '.']\n    keys:", "tests 'a reading'")]
    [InlineData("1.5 kWh", "1.6 kWh", "tests 'a reading'")]
    [InlineData("readings: [meter", "remarks: [meter", "tests 'a reading'")]
    [InlineData("topic: a/gw/b", "topic: a/other/b", "tests 'a reading'")]
    [InlineData("title: A good one", "zone: Mars/Olympus\ntitle: A good one", "zone")]
    [InlineData("title: A good one", "downward: [\"all/of/you\"]\ntitle: A good one", "downward")]
    public void A_fault_names_its_place(string good, string bad, string place)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        var dialect = Read(Good.Replace(good, bad, StringComparison.Ordinal), out var faults);
        Assert.Null(dialect);
        Assert.Contains(faults, fault => fault.Place == place && fault.Line > 0);
    }

    [Fact]
    public void A_dialect_without_tests_does_not_load()
    {
        Assert.Null(Read(Good[..Good.IndexOf("tests:", StringComparison.Ordinal)], out var faults));
        Assert.Contains(faults, fault => fault.Reason.Contains("must prove", StringComparison.Ordinal));
    }

    [Fact]
    public void A_counter_that_no_test_reads_does_not_load()
    {
        var more = Good.Replace("x: ignore", "x: { quantity: energy_export, unit: kWh }", StringComparison.Ordinal);
        Assert.Null(Read(more, out var faults));
        Assert.Contains(faults, fault => fault.Reason.Contains("energy_export", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_of_the_user_takes_the_place_of_a_shipped_one_and_a_bad_one_harms_none()
    {
        using var user = new TempFolder();
        File.WriteAllText(_folder.File("good.yaml"), Good);
        File.WriteAllText(_folder.File("bad.yaml"), "name: [");
        File.WriteAllText(user.File("mine.json"), """
            {"schema":1,"name":"good","version":2,"title":"mine","source":"me","evidence":"example",
             "messages":[{"topic":"z/{gateway}","payload":"text","meter":"only","key":"power","keys":{"own":"true"}}],
             "tests":[{"name":"one","topic":"z/gw","sent":"1","readings":["meter power 1 kW arrival"]}]}
            """);
        var catalog = DialectCatalog.Load([_folder.Path, user.Path]);
        Assert.Equal(_folder.File("bad.yaml"), Assert.Single(catalog.Faults).File);
        Assert.Equal("mine", ((FileDialect)catalog.Find("good")!).Text.Title);
        Assert.Equal(user.File("mine.json"), Assert.Single(catalog.Replaced).By);
    }

    [Fact]
    public void A_damaged_file_is_a_fault_or_a_dialect_and_never_breaks_the_loader()
    {
        var random = new Random(20261121);
        var texts = Directory.GetFiles(Repository.PathOf("seeds", "dialects"), "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllText).ToList();
        const string Tricky = "0123456789-.,:[]{}x#&*!|>'\"%@ \n\tefF\u00b0\0";
        var loaded = 0;
        for (var round = 0; round < 300; round++)
        {
            var text = new StringBuilder(texts[round % texts.Count]);
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                var at = random.Next(text.Length);
                if (random.Next(3) == 0) text.Remove(at, Math.Min(random.Next(1, 30), text.Length - at));
                else if (random.Next(2) == 0) text.Insert(at, Tricky[random.Next(Tricky.Length)]);
                else text[at] = Tricky[random.Next(Tricky.Length)];
            }
            var dialect = Read(text.ToString(), out var faults);
            Assert.Equal(dialect is null, faults.Count > 0);
            if (dialect is not null) loaded++;
        }
        Assert.InRange(loaded, 1, 299);
    }

    internal static FileDialect? Read(string text, out List<DefinitionFault> faults)
    {
        faults = [];
        return DialectFile.Read("dialect.yaml", new StringReader(text), faults);
    }
}
