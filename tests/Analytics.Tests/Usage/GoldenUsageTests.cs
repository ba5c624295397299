using EnergyWatch.Domain.Ledger;

namespace EnergyWatch.Analytics.Tests.Usage;

public sealed class GoldenUsageTests
{
    public static TheoryData<string> Cases => [.. UsageCase.Names];

    [Theory, MemberData(nameof(Cases))]
    public void Case_gives_the_cells_that_were_decided_by_hand(string name)
    {
        var golden = UsageCase.Read(name);
        var usage = golden.Compute();

        Assert.Equal(golden.Cells.OrderBy(cell => cell.Start).Select(Shown), usage.Hours.Select(Shown));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Case_gives_the_findings_that_were_decided_by_hand(string name)
    {
        var golden = UsageCase.Read(name);
        var usage = golden.Compute();

        Assert.Equal(
            golden.Findings.Select(finding => $"{finding.At} {finding.Code}").Order(),
            usage.Findings.Select(finding => $"{finding.At} {finding.Code}").Order());
        Assert.All(usage.Findings, finding => Assert.NotEqual("", finding.Detail));
    }

    [Fact]
    public void Corpus_has_a_case_for_every_finding()
    {
        var found = UsageCase.Names.SelectMany(name => UsageCase.Read(name).Findings).Select(finding => finding.Code).Distinct();
        var codes = typeof(UsageFindingCodes).GetFields().Select(field => (string)field.GetRawConstantValue()!);
        Assert.Empty(codes.Except(found));
    }

    static string Shown(UsageCell cell) => FormattableString.Invariant(
        $"{cell.Start} amount {cell.Amount:0.000000} coverage {cell.Coverage:0.0000} estimated {cell.Estimated:0.0000}");
}
