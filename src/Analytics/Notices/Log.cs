using EnergyWatch.Domain.Quotas;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Notices;

// No message names an address: a robot's address holds its key.
static partial class Log
{
    [LoggerMessage(3200, LogLevel.Information,
        "Quota notices of {Period}: {Issued} issued, {Known} issued before, {Unreachable} without an address, "
        + "{Unready} wait for their figures")]
    public static partial void NoticesIssued(
        this ILogger logger, string period, int issued, int known, int unreachable, int unready);

    [LoggerMessage(3201, LogLevel.Warning,
        "Notice {Number} was not taken by {Channel} (delivery {Delivery}, attempt {Attempt}): {Reason}")]
    public static partial void NotTaken(
        this ILogger logger, string number, NoticeChannel channel, string delivery, int attempt, string reason);

    [LoggerMessage(3202, LogLevel.Error,
        "Notice {Number} could not be delivered by {Channel} and is given up "
        + "(delivery {Delivery}, attempt {Attempts}): {Reason}")]
    public static partial void GivenUp(
        this ILogger logger, string number, NoticeChannel channel, string delivery, int attempts, string reason);

    [LoggerMessage(3203, LogLevel.Information, "Notice {Number} was delivered by {Channel} (delivery {Delivery})")]
    public static partial void Delivered(this ILogger logger, string number, NoticeChannel channel, string delivery);
}
