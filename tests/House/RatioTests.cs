using System.Text.RegularExpressions;
using EnergyWatch.Support;

namespace EnergyWatch.House;

/// <summary>A ratio is applied once: a model that reads the primary side, or has no transformers, stands beside no multiplier.</summary>
public sealed partial class RatioTests
{
    static readonly Lazy<Dictionary<string, string>> Sides = new(() => File.ReadLines(Repository.PathOf("seeds", "models", "README.md"))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .Where(cells => cells.Length == 7 && cells[1].StartsWith('`'))
        .ToDictionary(cells => cells[1].Trim('`'), cells => cells[5]));

    public static TheoryData<string> Tables() => ["seeds/demo-county/meters.csv", "README.md", "README.zh-CN.md"];

    [Theory]
    [MemberData(nameof(Tables))]
    public void A_multiplier_stands_only_beside_a_model_whose_numbers_are_of_the_secondary_side(string file)
    {
        var meters = Meters(file);
        Assert.NotEmpty(meters);
        Assert.Empty(meters.Where(meter => meter.Multiplier > 1 && !TakesRatio(meter.Model))
            .Select(meter => $"{meter.Code}: {meter.Model} is \"{Sides.Value[meter.Model]}\", the multiplier is {meter.Multiplier}"));
    }

    [Fact]
    public void The_demo_county_has_meters_behind_transformers() =>
        Assert.True(Meters("seeds/demo-county/meters.csv").Count(meter => meter.Multiplier > 1) > 20);

    [Theory]
    [InlineData("eastron-sdm630", false)]
    [InlineData("sunspec-meter", false)]
    [InlineData("huawei-sun2000", false)]
    [InlineData("chint-ddsu666", false)]
    [InlineData("acrel-adw300", false)]
    [InlineData("acrel-dtsd1352", true)]
    [InlineData("chint-dtsu666", true)]
    [InlineData("dlt645-2007", true)]
    public void The_table_says_which_side_a_model_reads(string model, bool takesRatio) => Assert.Equal(takesRatio, TakesRatio(model));

    // Example models say what a gateway may leave to the multiplier.
    static bool TakesRatio(string model) =>
        Sides.Value[model].StartsWith("secondary side", StringComparison.Ordinal) || model == "generic-energy-float";

    static List<(string Code, double Multiplier, string Model)> Meters(string file)
    {
        var text = File.ReadAllText(Repository.PathOf(file));
        var table = file.EndsWith(".csv", StringComparison.Ordinal) ? text : MetersBlock().Match(text).Groups[1].Value;
        var rows = table.Trim().Split('\n').Select(line => line.Trim('\r').Split(',')).ToList();
        var (code, multiplier, model) = (rows[0].IndexOf("code"), rows[0].IndexOf("multiplier"), rows[0].IndexOf("model"));
        return
        [
            .. rows.Skip(1).Where(row => row[model].Length > 0)
                .Select(row => (row[code], double.Parse(row[multiplier], System.Globalization.CultureInfo.InvariantCulture), row[model])),
        ];
    }

    [GeneratedRegex("meters.csv <<'CSV'\n(.*?)\nCSV", RegexOptions.Singleline)]
    private static partial Regex MetersBlock();
}
