using EnergyWatch.Domain.Quotas;

namespace EnergyWatch.Analytics.Notices;

/// <summary>The sender of each channel, and how many may send together.</summary>
public sealed class NoticeChannels(IEnumerable<INoticeSender> senders, NoticeOptions options)
{
    readonly Dictionary<NoticeChannel, INoticeSender> _senders = senders.ToDictionary(sender => sender.Channel);

    public int Concurrency => Math.Max(1, options.Concurrency);

    /// <summary>Throws <see cref="KeyNotFoundException"/> for a channel that has none.</summary>
    public INoticeSender this[NoticeChannel channel] => _senders[channel];
}
