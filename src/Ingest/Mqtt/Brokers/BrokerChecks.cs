using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>What cannot be in the options of brokers: the setting, its value, and what is allowed.</summary>
public static class BrokerChecks
{
    /// <summary>Faults of one broker.</summary>
    public static IEnumerable<(string Setting, string? Value, string Allowed)> Faults(this BrokerOptions broker)
    {
        ArgumentNullException.ThrowIfNull(broker);
        return [.. Names(broker), .. Numbers(broker), .. Times(broker), .. Certificates(broker), .. Host(broker)];
    }

    /// <summary>Faults between several: what each of them may have once.</summary>
    public static IEnumerable<(int Place, string Setting, string? Value, string Allowed)> Clashes(
        IReadOnlyList<BrokerOptions> brokers)
    {
        ArgumentNullException.ThrowIfNull(brokers);
        for (var place = 1; place < brokers.Count; place++)
        {
            var (one, before) = (brokers[place], brokers.Take(place).ToList());
            var names = one.Connections().Select(each => each.Name);
            if (before.Any(other => other.Connections().Any(each => names.Contains(each.Name))))
                yield return (place, nameof(one.Name), one.Name, "a name that no other broker has");
            var ids = one.Connections().Select(each => each.ClientId);
            if (before.Any(other => (other.Host, other.EffectivePort) == (one.Host, one.EffectivePort)
                && other.Connections().Any(each => ids.Contains(each.ClientId))))
                yield return (place, nameof(one.ClientId), one.ClientId,
                    "a client id that no other connection to this broker has: they would throw each other out");
            if (one.Sparkplug is { } host && before.Any(other => other.Sparkplug?.HostId == host.HostId
                && (other.Host, other.EffectivePort) == (one.Host, one.EffectivePort)))
                yield return (place, $"{nameof(one.Sparkplug)}:{nameof(host.HostId)}", host.HostId,
                    "a host id that no other host at this broker has: each would call the other offline");
        }
    }

    static IEnumerable<(string, string?, string)> Names(BrokerOptions broker)
    {
        if (string.IsNullOrWhiteSpace(broker.Name)) yield return (nameof(broker.Name), broker.Name, "a name");
        if (string.IsNullOrWhiteSpace(broker.Host)) yield return (nameof(broker.Host), broker.Host, "a host name or address");
        if (!IsText(broker.ClientId) || broker.ClientId.Length == 0)
            yield return (nameof(broker.ClientId), broker.ClientId, "a client id of our own, the same at every start");
        if (broker.Username is { } user && !IsText(user)) yield return (nameof(broker.Username), user, "a user name");
        if (broker.Password is not null && broker.Username is null)
            yield return (nameof(broker.Password), "***", "only beside a Username");
        foreach (var topic in broker.Topics)
            if (!IsText(topic) || !MqttTopic.IsFilter(topic) || MqttTopic.IsShared(topic))
                yield return (nameof(broker.Topics), topic, "a topic filter; to share it, set ShareGroup or Workers");
        if (broker.ShareGroup is { } group && (group.Length == 0 || group.AsSpan().IndexOfAny('/', '+', '#') >= 0 || !IsText(group)))
            yield return (nameof(broker.ShareGroup), group, "a name without /, + and #");
        if (broker.DropCounter.Length > 0 && !MqttTopic.IsFilter(broker.DropCounter))
            yield return (nameof(broker.DropCounter), broker.DropCounter, "a topic filter");
    }

    static IEnumerable<(string, string?, string)> Host(BrokerOptions broker) =>
        broker.Sparkplug?.Faults().Select(
            fault => ($"{nameof(broker.Sparkplug)}:{fault.Setting}", fault.Value, fault.Allowed)) ?? [];

    static IEnumerable<(string, string?, string)> Numbers(BrokerOptions broker)
    {
        (string Name, long Value, long Least, long Most)[] ranges =
        [
            (nameof(broker.Port), broker.EffectivePort, 1, 65535),
            (nameof(broker.Workers), broker.Workers, 1, 64),
            (nameof(broker.MaxPacketBytes), broker.MaxPacketBytes, 1024, 268_435_455),
            (nameof(broker.ReceiveMaximum), broker.ReceiveMaximum, 1, 65535),
            (nameof(broker.InFlightBytes), broker.InFlightBytes, 1024, int.MaxValue),
            (nameof(broker.TopicAliasMaximum), broker.TopicAliasMaximum, 0, 65535),
        ];
        return ranges.Where(range => range.Value < range.Least || range.Value > range.Most)
            .Select(range => (range.Name, (string?)$"{range.Value}", $"a whole number from {range.Least} to {range.Most}"));
    }

    static IEnumerable<(string, string?, string)> Times(BrokerOptions broker)
    {
        var day = TimeSpan.FromDays(1);
        (string Name, TimeSpan Value, TimeSpan Least, TimeSpan Most)[] ranges =
        [
            // Without a keep-alive a dead line would be taken for a quiet one.
            (nameof(broker.KeepAlive), broker.KeepAlive, TimeSpan.FromSeconds(2), TimeSpan.FromHours(18)),
            (nameof(broker.ConnectTimeout), broker.ConnectTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            (nameof(broker.SessionExpiry), broker.SessionExpiry, TimeSpan.FromMinutes(1), 40 * day),
            (nameof(broker.FirstRetry), broker.FirstRetry, TimeSpan.FromMilliseconds(10), day),
            (nameof(broker.LongestRetry), broker.LongestRetry, broker.FirstRetry, day),
        ];
        foreach (var (name, value, least, most) in ranges)
            if (value < least || value > most) yield return (name, $"{value}", $"a time from {least} to {most}");
        var silence = broker.SilenceLimit;
        if (silence != TimeSpan.Zero && (silence < broker.KeepAlive || silence > 40 * day))
            yield return (nameof(broker.SilenceLimit), $"{silence}", $"0 for never, or a time from {broker.KeepAlive} to {40 * day}");
    }

    static IEnumerable<(string, string?, string)> Certificates(BrokerOptions broker)
    {
        (string Name, string? Value)[] settings =
        [
            (nameof(broker.CaFile), broker.CaFile), (nameof(broker.ServerName), broker.ServerName),
            (nameof(broker.Certificate), broker.Certificate), (nameof(broker.Key), broker.Key),
        ];
        if (!broker.Tls)
        {
            foreach (var (name, value) in settings.Where(setting => setting.Value is not null))
                yield return (name, value, "only with Tls");
            yield break;
        }
        if (broker.Key is not null && broker.Certificate is null) yield return (nameof(broker.Key), broker.Key, "only beside a Certificate");
        if (Unusable(() => new X509Certificate2Collection().ImportFromPemFile(broker.CaFile!), broker.CaFile) is { } why)
            yield return (nameof(broker.CaFile), broker.CaFile, $"a PEM file of certificates that can be read; {why}");
        if (Unusable(() => BrokerCertificate.Load(broker), broker.Certificate) is { } reason)
            yield return (nameof(broker.Certificate), broker.Certificate, $"a certificate with its key, PEM or PFX; {reason}");
    }

    static string? Unusable(Action load, string? file)
    {
        if (file is null) return null;
        try
        {
            load();
            return null;
        }
        catch (Exception exception) when (exception is IOException or CryptographicException or UnauthorizedAccessException
            or ArgumentException)
        {
            return exception.Message;
        }
    }

    // MQTT 3.1.1 §1.5.3: what may stand in a string of the protocol.
    static bool IsText(string text) =>
        Encoding.UTF8.GetByteCount(text) <= ushort.MaxValue && MqttTopic.IsPlain(Encoding.UTF8.GetBytes(text));
}
