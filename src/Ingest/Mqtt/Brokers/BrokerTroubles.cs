using System.Collections.Concurrent;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>What is wrong with a broker at the moment, in words for whoever looks at the service's health.</summary>
sealed class BrokerTroubles(TimeProvider clock)
{
    /// <summary>What happened, rather than what is, is shown for so long.</summary>
    static readonly TimeSpan ShownFor = TimeSpan.FromDays(1);

    readonly ConcurrentDictionary<string, (string Text, Instant? Until)> _byCause = new();

    public IReadOnlyList<string> Now
    {
        get
        {
            var now = clock.Now();
            return
            [
                .. _byCause.Where(one => one.Value.Until is not { } until || now < until)
                    .OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => one.Value.Text),
            ];
        }
    }

    /// <summary>It is so until it is over.</summary>
    public void Say(string cause, string text) => _byCause[cause] = (text, null);

    /// <summary>It was so, once.</summary>
    public void Remember(string cause, string text) => _byCause[cause] = (text, clock.Now() + ShownFor);

    public void Over(string cause) => _byCause.TryRemove(cause, out _);
}
