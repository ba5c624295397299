using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>What MQTT says in the log. Ids 2400 to 2599.</summary>
static partial class Log
{
    [LoggerMessage(2400, LogLevel.Information,
        "Gateway {Gateway} connected from {Address} as client {ClientId}, MQTT {Version}")]
    public static partial void GatewayConnected(
        this ILogger log, string gateway, string address, string clientId, string version);

    [LoggerMessage(2401, LogLevel.Information, "Gateway {Gateway} at {Address} is gone: {Cause}. {Detail}")]
    public static partial void GatewayGone(
        this ILogger log, string gateway, string address, EndCause cause, string detail);

    [LoggerMessage(2402, LogLevel.Warning,
        "MQTT login from {Address} as {User} refused: {Reason}. {LeftOut} others of this address were not logged")]
    public static partial void LoginRefused(
        this ILogger log, string address, string user, string reason, int leftOut);

    [LoggerMessage(2403, LogLevel.Information,
        "MQTT connection from {Address} ended before it had logged in: {Cause}. {Detail}. "
        + "{LeftOut} others of this address were not logged")]
    public static partial void StrangerGone(
        this ILogger log, string address, EndCause cause, string detail, int leftOut);

    [LoggerMessage(2405, LogLevel.Error, "A defect ended the MQTT connection from {Address}")]
    public static partial void ConnectionFault(this ILogger log, Exception exception, string address);

    [LoggerMessage(2406, LogLevel.Warning, "Gateway {Gateway} publishes to {Topic}, which nobody reads")]
    public static partial void TopicUnread(this ILogger log, string gateway, string topic);

    [LoggerMessage(2407, LogLevel.Error, "The registry could not be watched for revoked gateways; trying again")]
    public static partial void WatchFault(this ILogger log, Exception exception);

    [LoggerMessage(2408, LogLevel.Debug, "The last word to {Address} was not heard: {Reason}")]
    public static partial void LastWordUnheard(this ILogger log, string address, string reason);

    [LoggerMessage(2409, LogLevel.Information, "Anonymous client {ClientId} connected from {Address}, MQTT {Version}")]
    public static partial void AnonymousConnected(this ILogger log, string address, string clientId, string version);

    [LoggerMessage(2410, LogLevel.Warning,
        "The MQTT port is open for tests: anybody on this machine may use any topic. Never run a site like this")]
    public static partial void OpenTestAccess(this ILogger log);

    [LoggerMessage(2411, LogLevel.Information, "MQTT certificate loaded from {File}: {Subject}, valid until {Until}")]
    public static partial void CertificateLoaded(this ILogger log, string file, string subject, DateTimeOffset until);

    [LoggerMessage(2412, LogLevel.Warning,
        "The MQTT certificate in {File} cannot be used; the one before it stays in use, if there is one")]
    public static partial void CertificateRefused(this ILogger log, Exception exception, string file);

    [LoggerMessage(2450, LogLevel.Information,
        "Connected to broker {Broker} at {Host}:{Port}; session present: {SessionPresent}")]
    public static partial void BrokerConnected(
        this ILogger log, string broker, string host, int port, bool sessionPresent);

    [LoggerMessage(2451, LogLevel.Warning, "Broker {Broker} is lost: {Reason} Next attempt in {Pause}")]
    public static partial void BrokerLost(this ILogger log, string broker, string reason, TimeSpan pause);

    [LoggerMessage(2452, LogLevel.Warning,
        "Broker {Broker} grants QoS 0 only for {Filter}: messages can be lost on the way")]
    public static partial void BrokerGrantsLess(this ILogger log, string broker, string filter);

    [LoggerMessage(2453, LogLevel.Warning,
        "Broker {Broker} sent {Bytes} bytes to {Topic}; {Limit} are taken, so its head goes to the quarantine")]
    public static partial void BrokerMessageTooLarge(
        this ILogger log, string broker, string topic, long bytes, int limit);
}
