using System.Text;
using System.Text.RegularExpressions;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Whatever a model file holds, it harms neither its neighbours nor those who ask meters by it.</summary>
public sealed class HarmlessModelTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_damaged_file_is_a_fault_or_a_model_and_never_breaks_the_loader()
    {
        var random = new Random(20261120);
        var texts = Directory.GetFiles(Repository.PathOf("seeds", "models"), "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllText).ToList();
        const string Tricky = "0123456789-.,:[]{}x#&*!|>'\"%@ \n\tefF\u00b0\0";
        var loaded = 0;
        for (var round = 0; round < 1500; round++)
        {
            var text = new StringBuilder(texts[round % texts.Count]);
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                var at = random.Next(text.Length);
                if (random.Next(3) == 0) text.Remove(at, Math.Min(random.Next(1, 30), text.Length - at));
                else if (random.Next(2) == 0) text.Insert(at, Tricky[random.Next(Tricky.Length)]);
                else text[at] = Tricky[random.Next(Tricky.Length)];
            }
            var faults = new List<DefinitionFault>();
            var map = RegisterMapFile.Read("damaged.yaml", new StringReader(text.ToString()), faults);
            Assert.Equal(map is null, faults.Count > 0);
            if (map is not null) loaded++;
        }
        Assert.InRange(loaded, 1, 1499);
    }

    public static TheoryData<string> DeepTexts() =>
    [
        new string('[', 20_000), string.Concat(Enumerable.Repeat("{a: ", 20_000)), string.Concat(Enumerable.Repeat("- ", 20_000)) + "a",
        string.Concat(Enumerable.Repeat("? ", 20_000)) + "a", "schema: 1\nid: " + new string('[', 20_000) + new string(']', 20_000),
        "{\"id\": " + new string('[', 20_000) + "1" + new string(']', 20_000) + "}",
        string.Concat(Enumerable.Range(0, 3_000).Select(depth => new string(' ', depth % 300) + "a:\n")),
        "a: &a [*a, *a]\n? *a\n: 1", new string('x', 1_000_001), "# " + new string('x', 2_000_000) + "\n" + RegisterMapFileTests.Good,
    ];

    // A process whose stack overflows is gone, and with it this test run.
    [Theory, MemberData(nameof(DeepTexts))]
    public void A_file_that_would_end_the_process_is_a_fault_and_harms_no_neighbour(string text)
    {
        File.WriteAllText(_folder.File("deep.yaml"), text);
        var maps = Load(RegisterMapFileTests.Good);
        Assert.NotNull(maps.Find("good"));
        Assert.Equal(_folder.File("deep.yaml"), Assert.Single(maps.Faults).File);
    }

    [Fact]
    public async Task Whatever_a_damaged_model_asks_for_neither_scan_nor_read_dies_of_it()
    {
        var random = new Random(20261121);
        var texts = Directory.GetFiles(Repository.PathOf("seeds", "models"), "*.yaml").Order(StringComparer.Ordinal)
            .Select(File.ReadAllText).Where(text => text.Contains("probe: {", StringComparison.Ordinal) || text.Contains("sunspec:", StringComparison.Ordinal)).ToList();
        string[] places = ["0", "65535", "65534", "0xFFFF", "-1", "40", "1e9"], tables = ["holding", "input", "coil", "discrete"];
        string[] types = ["uint16", "uint32", "float32", "uint64", "bcd16", "mod10k64", "bit"];
        var (asked, refused) = (0, 0);
        for (var round = 0; round < 300; round++)
        {
            var probe = $"probe: {{ register: {tables[random.Next(4)]}, address: {places[random.Next(7)]}, type: {types[random.Next(7)]}, min: {random.Next(9)}, max: {random.Next(9)} }}";
            var text = Regex.Replace(texts[round % texts.Count], "probe: {.*}", probe)
                .Replace("bases: [40000,", $"bases: [{places[random.Next(7)]}, {places[random.Next(7)]},", StringComparison.Ordinal);
            var maps = Load(text);
            var bus = new FakeBus(new TestClock()) { AnswerTime = TimeSpan.Zero };
            Assert.True((await MeterScan.RunAsync(bus, 1, maps, TimeSpan.FromSeconds(1), default)).Answers);
            foreach (var map in maps.All) await MeterRead.RunAsync(map, bus, 1, default);
            // What the transport itself would throw for: it never gets it.
            Assert.All(bus.Asked, ask => Assert.True(ask.Request.Address + ask.Request.Count <= 65536 && ask.Request.Count > 0, $"{ask.Request}"));
            (asked, refused) = (asked + maps.All.Count, refused + (maps.All.Count == 0 ? 1 : 0));
        }
        Assert.True(asked > 20 && refused > 100, $"{asked} loaded, {refused} refused");
    }

    RegisterMaps Load(string yaml)
    {
        File.WriteAllText(_folder.File("model.yaml"), yaml);
        return RegisterMaps.Load([_folder.Path]);
    }
}
