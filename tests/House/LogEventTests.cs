using System.Text.RegularExpressions;

namespace EnergyWatch.House;

/// <summary>An event id names one message, in one place.</summary>
public sealed partial class LogEventTests
{
    [Fact]
    public void No_two_log_messages_share_an_event_id() =>
        Assert.Empty(SourceTree.Files(".cs")
            .SelectMany(file => LoggerMessage().Matches(File.ReadAllText(file)).Select(match => (Id: match.Groups[1].Value, File: SourceTree.Relative(file))))
            .GroupBy(entry => entry.Id)
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(entry => entry.File))}"));

    [Fact]
    public void Every_log_message_has_an_event_id() =>
        Assert.Empty(SourceTree.Files(".cs")
            .Where(file => !file.EndsWith("LogEventTests.cs", StringComparison.Ordinal))
            .SelectMany(file => AnyLoggerMessage().Matches(File.ReadAllText(file))
                .Where(match => !LoggerMessage().IsMatch(match.Value)).Select(match => $"{SourceTree.Relative(file)}: {match.Value}")));

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)")]
    private static partial Regex LoggerMessage();

    [GeneratedRegex(@"\[LoggerMessage\([^\]]{0,40}")]
    private static partial Regex AnyLoggerMessage();
}
