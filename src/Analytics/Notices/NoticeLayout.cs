namespace EnergyWatch.Analytics.Notices;

/// <summary>
/// The page a notice is set in: A4 in the manner of GB/T 9704-2012 (binding edge 28 mm, its fonts by name with free
/// ones behind them), but smaller, so that figures, grounds and receipt stand on one page. Nothing is loaded from
/// anywhere.
/// </summary>
static class NoticeLayout
{
    const string Style = """
        @page { size: A4; margin: 15mm 20mm 12mm 28mm }
        * { box-sizing: border-box }
        body { margin: 0 auto; max-width: 162mm; color: #000; background: #fff;
          font: 11.5pt/1.5 FangSong, "FangSong_GB2312", "Noto Serif CJK SC", serif }
        p { margin: 0; text-indent: 2em }
        .issuer { text-indent: 0; text-align: center; color: #c00; letter-spacing: .1em;
          font: bold 22pt/1.3 "FZXiaoBiaoSong-B05S", "Noto Serif CJK SC", SimSun, serif }
        .number { text-indent: 0; text-align: center; padding-bottom: 2mm; border-bottom: .7mm solid #c00 }
        h1 { margin: 4mm 0 3mm; text-align: center;
          font: bold 16pt/1.4 "FZXiaoBiaoSong-B05S", "Noto Serif CJK SC", SimSun, serif }
        .to { text-indent: 0 }
        .section { text-indent: 0; margin-top: 2mm; font-family: SimHei, "Noto Sans CJK SC", sans-serif }
        table { width: 100%; margin: 2mm 0; border-collapse: collapse; font-size: 9.5pt; line-height: 1.4 }
        th, td { padding: 1mm; border: .2mm solid #000; text-align: center }
        th { font-weight: normal; white-space: nowrap; font-family: SimHei, "Noto Sans CJK SC", sans-serif }
        .figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
        tr, .receipt { break-inside: avoid }
        ul { margin: 0 0 2mm; padding-left: 6mm; font-size: 9.5pt; line-height: 1.4 }
        .sign { text-indent: 0; margin: 2mm 12mm 0 0; text-align: right }
        .receipt { margin-top: 4mm; border-top: .3mm dashed #000 }
        .receipt p { text-indent: 0; font-size: 10pt; overflow-wrap: anywhere }
        .receipt td { min-width: 25mm }
        .foot { text-indent: 0; margin-top: 2mm; color: #444; font-size: 8pt }
        """;

    public static void Open(HtmlPage page, string title) => page
        .Add($"<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n")
        .Add($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n")
        .Raw($"<style>\n{Style}\n</style>\n</head>\n<body>\n");

    public static void Close(HtmlPage page) => page.Add($"</body>\n</html>\n");
}
