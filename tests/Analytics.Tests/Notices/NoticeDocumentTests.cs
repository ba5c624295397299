using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EnergyWatch.Analytics.Notices;
using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Notices;

public sealed class NoticeDocumentTests
{
    static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    [Fact]
    public void Notice_is_byte_for_byte_the_golden_one()
    {
        var rendered = NoticeDocument.Render(Content());
        var golden = File.ReadAllBytes(Repository.PathOf("tests", "Vectors", "notices", "notice.html"));

        Assert.Equal(Encoding.UTF8.GetString(golden), Encoding.UTF8.GetString(rendered));
        Assert.Equal(golden, rendered);
        Assert.Equal(rendered, NoticeDocument.Render(Content()));
    }

    [Fact]
    public void Hash_is_that_of_the_bytes() => Assert.Equal(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", NoticeDocument.Hash("abc"u8));

    [Fact]
    public void Text_from_the_registry_never_becomes_markup()
    {
        const string nasty = "<script>alert('x')</script>\"&";
        var content = Content();
        var page = Encoding.UTF8.GetString(NoticeDocument.Render(content with
        {
            Id = nasty, Number = nasty, Replaces = nasty, Issuer = nasty, Contact = nasty, Institution = nasty,
                Caliber = nasty, Url = nasty,
            Rows = [content.Rows[0] with { Indicator = nasty, Basis = nasty }],
            Denominators = [new NoticeDenominator(nasty, 1, nasty, new DateOnly(2026, 1, 1))],
        }));

        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("alert('x')", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;&amp;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_loaded_from_elsewhere()
    {
        var page = Encoding.UTF8.GetString(NoticeDocument.Render(Content()));
        foreach (var loads in new[] { "src=", "<link", "<script", "@import", "url(" })
            Assert.DoesNotContain(loads, page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.0, 2, "0.00")]
    [InlineData(0.004, 2, "<0.01")]
    [InlineData(-0.004, 2, "−<0.01")]
    [InlineData(0.005, 2, "0.01")]
    [InlineData(2.5, 0, "3")]
    [InlineData(-2.5, 0, "−3")]
    [InlineData(1.005, 2, "1.01")]
    [InlineData(1234567.0, 0, "1,234,567")]
    [InlineData(null, 0, "—")]
    [InlineData(1e30, 2, "1E+30")]
    [InlineData(-1e30, 0, "−1E+30")]
    public void Figures_are_written_as_officers_read_them(double? value, int decimals, string shown) =>
        Assert.Equal(shown, NoticeFigures.Number(value, decimals));

    [Fact]
    public void Energy_is_shown_in_tonnes_and_shares_with_one_decimal()
    {
        Assert.Equal("60.12", NoticeFigures.Amount(60_123.456, "energy_total"));
        Assert.Equal("80.0%", NoticeFigures.Percent(0.79996));
        Assert.Equal("—", NoticeFigures.Percent(null));
    }

    [Fact]
    public void Version_that_replaces_another_names_it() => Assert.Contains(
        "第2版（替代示能通〔2026〕10-SCH-01号）",
        Encoding.UTF8.GetString(NoticeDocument.Render(
        Content() with { Version = 2, Replaces = "示能通〔2026〕10-SCH-01号" })), StringComparison.Ordinal);

    static NoticeContent Content() => JsonSerializer.Deserialize<NoticeContent>(
        File.ReadAllText(Repository.PathOf("tests", "Vectors", "notices", "notice.json")), Json)!;
}
