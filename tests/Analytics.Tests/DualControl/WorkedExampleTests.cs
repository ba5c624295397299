using System.Globalization;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.DualControl;

public sealed class WorkedExampleTests
{
    public static TheoryData<string, string, string, double, double> Expected
    {
        get
        {
            var data = new TheoryData<string, string, string, double, double>();
            foreach (var row in Rows("expected.csv")) data.Add(row[0], row[1], row[2], Number(row[3]), Number(row[4]));
            return data;
        }
    }

    [Theory, MemberData(nameof(Expected))]
    public void Worked_example_comes_to_its_value(string name, string caliber, string indicator, double value, double tolerance)
    {
        var values = Case(name).Of("ORG-1", Case(name).Evaluation(County.Caliber(caliber)));
        var found = indicator.StartsWith("part:", StringComparison.Ordinal)
            ? values[IndicatorKeys.EnergyTotal].Derivation.Terms.Single(term => term.Carrier.Key() == indicator[5..]).Contribution
            : values[indicator].Value;

        Assert.NotNull(found);
        Assert.InRange(found.Value, value - tolerance, value + tolerance);
    }

    [Theory]
    [InlineData(2021, 515.4)]
    [InlineData(2022, 404.4)]
    [InlineData(2023, 447.6)]
    public void Gigawatt_hour_in_Guangxi_depends_on_the_data_year(int dataYear, double tonnes)
    {
        var faults = new List<string>();
        var table = Analytics.DualControl.GridFactors.Read(Repository.PathOf("seeds", "calibers", "grid-factors.csv"), faults);
        Assert.Empty(faults);
        Assert.Equal(38 * 3, table.Count);
        Assert.Equal(tonnes, 1_000_000 * table.Find("广西", dataYear)!.PerUnit / 1000, 9);
        Assert.Null(table.Find("西藏", dataYear));
    }

    [Theory]
    [InlineData("statutory-gx")]
    [InlineData("quota-sd")]
    public void Every_value_can_be_redone_from_its_derivation(string caliber)
    {
        var values = Case("T2").Of("ORG-1", Case("T2").Evaluation(County.Caliber(caliber)));
        foreach (var value in values.Values)
        {
            var total = value.Derivation.Terms.Sum(term => term.Sign * term.Amount * (term.Factor ?? 1));
            var parts = value.Derivation.Denominators;
            var denominator = parts.Count == 0 ? 1
                : parts.Sum(part => part.Value * (part.End.DayNumber - part.First.DayNumber)) / parts.Sum(part => part.End.DayNumber - part.First.DayNumber);
            var divisor = value.Indicator == IndicatorKeys.CarbonTotal ? 1000 : 1;
            Assert.Equal(total / divisor / denominator, value.Value!.Value, 9);
            Assert.All(value.Derivation.Terms.Where(term => term.Factor is not null), term => Assert.NotEmpty(term.FactorSource!));
        }
    }

    static County Case(string name)
    {
        var rows = Rows("totals.csv").Where(row => row[0] == name).ToList();
        double? Given(string what) => rows.Find(row => row[1] == what) is { } row ? Number(row[2]) : null;
        var county = new County().With(Some.Institution(area: Given("area"), heads: Given("heads")));
        foreach (var row in rows)
            if (Carriers.TryParse(row[1], out var carrier)) county.Meter($"M-{row[1]}", Number(row[2]), carrier: carrier, role: MeterRole.Main);
        return county;
    }

    static List<string[]> Rows(string file) =>
    [
        .. File.ReadAllLines(Repository.PathOf("tests", "Vectors", "indicators", file)).Skip(1)
            .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(',')),
    ];

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
