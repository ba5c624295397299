using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace EnergyWatch.Analytics.Notices;

/// <summary>
/// HTML under construction. What stands in an interpolated text is markup; what is put into its holes is text and is
/// escaped, so that no name out of the registry can ever become markup.
/// </summary>
sealed class HtmlPage
{
    static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    readonly StringBuilder _html = new(8192);

    public HtmlPage Add([InterpolatedStringHandlerArgument("")] Markup markup)
    {
        _ = markup;
        return this;
    }

    /// <summary>Markup of our own, as it is.</summary>
    public HtmlPage Raw(string markup)
    {
        _html.Append(markup);
        return this;
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_html.ToString());

    [InterpolatedStringHandler]
    public readonly struct Markup
    {
        readonly StringBuilder _html;

        // The parameters are the compiler's: how many letters of markup and how many holes there are.
        public Markup(int literalLength, int holes, HtmlPage page)
        {
            _html = page._html;
            _html.EnsureCapacity(_html.Length + literalLength + holes * 16);
        }

        public void AppendLiteral(string markup) => _html.Append(markup);
        public void AppendFormatted(string? text) => _html.Append(text is null ? "" : Encoder.Encode(text));
        public void AppendFormatted(int number) => _html.Append(number.ToString(CultureInfo.InvariantCulture));
    }
}
