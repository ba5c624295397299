using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.DualControl;

public sealed class CaliberFilesTests : IDisposable
{
    static readonly string Seeds = Repository.PathOf("seeds", "calibers");
    readonly TempFolder _folder = new();

    public CaliberFilesTests()
    {
        foreach (var name in new[] { "grid-factors.csv", "statutory-gx.json" }) File.Copy(Path.Combine(Seeds, name), _folder.File(name));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shipped_calibers_load_and_give_their_factors()
    {
        var calibers = CaliberFiles.Load(new CaliberOptions { Folder = Seeds });
        var gx = calibers.Default;

        Assert.Equal(["quota-sd@1", "statutory-gx@1", "statutory-jx@1"], calibers.All.Select(caliber => caliber.Id));
        Assert.Equal("statutory-gx@1", gx.Id);
        Assert.Equal(0.1229, gx.Factor(Carrier.Electricity, FactorKind.StandardCoal)!.PerUnit);
        Assert.Equal(0.4476, gx.Factor(Carrier.Electricity, FactorKind.Carbon)!.PerUnit);
        Assert.Equal(0.5836, calibers.Find("statutory-jx")!.Factor(Carrier.Electricity, FactorKind.Carbon)!.PerUnit);
        Assert.Equal(0.31, calibers.Find("quota-sd@1")!.Factor(Carrier.Electricity, FactorKind.StandardCoal)!.PerUnit);
        Assert.Equal(2.1622, gx.Factor(Carrier.NaturalGas, FactorKind.Carbon)!.PerUnit, 4);
        Assert.Equal(110, gx.Factor(Carrier.Heat, FactorKind.Carbon)!.PerUnit);
        Assert.Null(gx.Factor(Carrier.Water, FactorKind.StandardCoal));
        Assert.Null(calibers.Find("nobody"));
        Assert.All(calibers.All.SelectMany(caliber => caliber.Factors), factor => Assert.NotEmpty(factor.Source));
    }

    [Fact]
    public void Faults_of_all_files_are_named_at_once_with_their_place()
    {
        var text = File.ReadAllText(_folder.File("statutory-gx.json"));
        File.WriteAllText(_folder.File("bad.json"), text
            .Replace("\"statutory-gx\"", "\"bad\"", StringComparison.Ordinal)
            .Replace("\"edition\": 1", "\"edition\": 0", StringComparison.Ordinal)
            .Replace("1.074122", "1.08", StringComparison.Ordinal)
            .Replace("\"evidence\": \"found\"", "\"evidence\": \"guessed\"", StringComparison.Ordinal)
            .Replace("\"data_year\": 2023", "\"data_year\": 2019", StringComparison.Ordinal)
            .Replace("\"pv_self_use_counts\": true", "\"pv_self_use_counts\": \"yes\"", StringComparison.Ordinal)
            .Replace("\"valid_from\"", "\"valid_form\"", StringComparison.Ordinal));
        File.WriteAllText(_folder.File("broken.json"), "{\n  \"name\": \"x\",\n  oops\n}");
        File.AppendAllText(_folder.File("grid-factors.csv"), "广西,2023,0.5,twice,2025-12-31,found\n西藏,2023,7,no,2025-12-31,found\n");

        var fault = Assert.Throws<CalibersRefusedException>(() => CaliberFiles.Load(new CaliberOptions { Folder = _folder.Path, Default = "missing" }));

        foreach (var place in new[]
        {
            "bad.json: edition", "bad.json: factors[5].derivation comes to 1.074122", "bad.json: factors[0].evidence", "bad.json: grid 广西 2019",
            "bad.json: rules.pv_self_use_counts", "bad.json: $.valid_form is not known", "bad.json: valid_from", "broken.json:3:",
            "grid-factors.csv:116: 广西 2023 is there twice", "grid-factors.csv:117: kgco2_per_kwh 7", "the default caliber missing",
        })
            Assert.Contains(fault.Faults, line => line.Contains(place, StringComparison.Ordinal));
    }

    [Fact]
    public void Later_edition_stands_beside_the_earlier_one()
    {
        var text = File.ReadAllText(_folder.File("statutory-gx.json"));
        File.WriteAllText(_folder.File("statutory-gx-2.json"), text.Replace("\"edition\": 1,", "\"edition\": 2,", StringComparison.Ordinal));
        var calibers = CaliberFiles.Load(new CaliberOptions { Folder = _folder.Path });

        Assert.Equal(2, calibers.Default.Edition);
        Assert.Equal(1, calibers.Find("statutory-gx@1")!.Edition);
    }
}
