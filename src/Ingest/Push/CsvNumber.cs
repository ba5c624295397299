using System.Globalization;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Finite decimal numbers: a sign, digits with a point, an exponent. No separators of thousands, no decimal comma.
/// </summary>
static class CsvNumber
{
    const int MostDigits = 15;

    const NumberStyles Styles =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    public static bool TryParse(ReadOnlySpan<byte> text, out double value) =>
        TryParsePlain(text, out value)
        || (double.TryParse(text, Styles, CultureInfo.InvariantCulture, out value) && double.IsFinite(value));

    // Up to 15 digits are a whole number below 2^53, and a power of ten up to 10^15 is exact too: their quotient is the
    // nearest double there is (Clinger, "How to read floating point numbers accurately", 1990). Everything else takes
    // the long way.
    static bool TryParsePlain(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (text.Length is 0 or > MostDigits + 2) return false;
        var isNegative = text[0] == '-';
        var (whole, digits, point) = (0L, 0, -1);
        for (var i = isNegative ? 1 : 0; i < text.Length; i++)
        {
            var digit = text[i] - '0';
            if ((uint)digit <= 9)
            {
                whole = whole * 10 + digit;
                digits++;
            }
            else if (text[i] == '.' && point < 0) point = digits;
            else return false;
        }
        if (digits is 0 or > MostDigits) return false;
        value = point < 0 ? whole : whole / PowersOfTen[digits - point];
        if (isNegative) value = -value;
        return true;
    }
}
