using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Mqtt.Dialects;
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
        "MQTT login from {Address} as {User} refused: {Reason}. {LeftOut} more like this from there were not logged")]
    public static partial void LoginRefused(
        this ILogger log, string address, string user, string reason, int leftOut);

    [LoggerMessage(2403, LogLevel.Information,
        "MQTT connection from {Address} ended before it had logged in: {Cause}. {Detail}. "
        + "{LeftOut} more like this from there were not logged")]
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

    [LoggerMessage(2490, LogLevel.Warning, "Dialect not loaded: {Fault}")]
    public static partial void DialectNotLoaded(this ILogger log, DefinitionFault fault);

    [LoggerMessage(2491, LogLevel.Information, "Dialect replaced: {Replaced}")]
    public static partial void DialectReplaced(this ILogger log, ReplacedDialect replaced);

    [LoggerMessage(2492, LogLevel.Error,
        "A defect of dialect {Dialect} at a message of gateway {Gateway} to {Topic}: it is in the quarantine. "
        + "Others like this are counted and not logged")]
    public static partial void DialectDefect(
        this ILogger log, Exception defect, string dialect, string gateway, string topic);

    [LoggerMessage(2454, LogLevel.Warning,
        "The client certificate from {Address} is not good: {Reason}. {LeftOut} more like this from there were not logged")]
    public static partial void ClientCertificateRefused(this ILogger log, string address, string reason, int leftOut);

    [LoggerMessage(2455, LogLevel.Warning,
        "The revocation lists in {File} should have been renewed by {Due}; they go on to hold")]
    public static partial void RevocationListOld(this ILogger log, string file, DateTimeOffset due);

    [LoggerMessage(2456, LogLevel.Warning,
        "The MQTT topic rule '{Rule}' is for {Gateway}, which is no MQTT gateway of the registry")]
    public static partial void RuleOfNobody(this ILogger log, string rule, string gateway);

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

    [LoggerMessage(2470, LogLevel.Warning, "Broker {Broker} refuses the subscription to {Filter} with {Reason}")]
    public static partial void BrokerRefusesFilter(this ILogger log, string broker, string filter, string reason);

    [LoggerMessage(2471, LogLevel.Warning,
        "Broker {Broker} has forgotten our session and what it had queued in it: messages may have been lost at the broker")]
    public static partial void BrokerForgotSession(this ILogger log, string broker);

    [LoggerMessage(2472, LogLevel.Warning,
        "Broker {Broker} keeps our session for {Granted} only, and not for {Asked}: what comes while we are away longer is lost")]
    public static partial void BrokerKeepsLess(this ILogger log, string broker, TimeSpan granted, TimeSpan asked);

    [LoggerMessage(2473, LogLevel.Warning,
        "Broker {Broker} closes our connections again and again: does another process use the client id {ClientId}?")]
    public static partial void BrokerTakenOver(this ILogger log, string broker, string clientId);

    [LoggerMessage(2474, LogLevel.Information, "Broker {Broker} speaks no MQTT 5: going on with 3.1.1")]
    public static partial void BrokerSpeaks311(this ILogger log, string broker);

    [LoggerMessage(2475, LogLevel.Warning,
        "Broker {Broker} has dropped {Count} messages: raise its limits (mosquitto: max_queued_messages, max_inflight_messages)")]
    public static partial void BrokerDrops(this ILogger log, string broker, long count);

    [LoggerMessage(2476, LogLevel.Information,
        "Broker {Broker} does not let us see {Topic}: messages that it drops go unseen")]
    public static partial void BrokerDropsUnseen(this ILogger log, string broker, string topic);

    [LoggerMessage(2477, LogLevel.Warning, "The last words to broker {Broker} were not heard: {Reason}")]
    public static partial void BrokerLastWordsUnheard(this ILogger log, string broker, string reason);

    [LoggerMessage(2478, LogLevel.Warning, "Broker {Broker} does not take the reply to {Topic}: {Reason}")]
    public static partial void BrokerRefusesReply(
        this ILogger log, string broker, string topic, Protocol.ReasonCode reason);

    [LoggerMessage(2479, LogLevel.Warning,
        "The reply to {Topic} at broker {Broker} is given up, and until one is taken others may be: {Reason} Its gateway asks again")]
    public static partial void BrokerReplyGivenUp(this ILogger log, string broker, string topic, string reason);

    [LoggerMessage(2520, LogLevel.Information, "Edge node {EdgeNode} (gateway {Gateway}) is stale: {Reason}")]
    public static partial void EdgeNodeStale(this ILogger log, string edgeNode, string gateway, string reason);

    [LoggerMessage(2521, LogLevel.Information, "Asked edge node {EdgeNode} (gateway {Gateway}) for its births")]
    public static partial void RebirthRequested(this ILogger log, string edgeNode, string gateway);

    [LoggerMessage(2522, LogLevel.Information, "Edge node {EdgeNode} could not be asked for its births: {Reason}")]
    public static partial void RebirthUnsent(this ILogger log, string edgeNode, string reason);

    [LoggerMessage(2524, LogLevel.Error, "The Sparkplug map {File} cannot be used, so no metric of edge nodes is: {Fault}")]
    public static partial void SparkplugMapFault(this ILogger log, string file, string fault);

    [LoggerMessage(2523, LogLevel.Warning,
        "Somebody said at broker {Broker} that host {HostId} is offline; it is not, and says so again")]
    public static partial void HostSaidOffline(this ILogger log, string broker, string hostId);

    [LoggerMessage(2525, LogLevel.Error,
        "A defect met a message of edge node {EdgeNode} (gateway {Gateway}); it is quarantined as it came")]
    public static partial void EdgeNodeDefect(this ILogger log, Exception exception, string edgeNode, string gateway);

    [LoggerMessage(2526, LogLevel.Error,
        "A message of edge node {EdgeNode} (gateway {Gateway}) could neither be stored nor quarantined and is lost")]
    public static partial void EdgeNodeMessageDropped(
        this ILogger log, Exception exception, string edgeNode, string gateway);

    [LoggerMessage(2527, LogLevel.Error, "The Sparkplug host could not {What}; it goes on")]
    public static partial void SparkplugLoopFault(this ILogger log, Exception exception, string what);

    [LoggerMessage(2528, LogLevel.Information, "Host {HostId} could not say again that it is online: {Reason}")]
    public static partial void StateUnsent(this ILogger log, string hostId, string reason);
}
