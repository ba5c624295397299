using System.Net.Sockets;
using System.Security.Authentication;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Readings from an outside broker, for ever: connects, and after every loss again, with growing pauses that differ
/// between processes.
/// </summary>
sealed class MqttSource(BrokerOptions broker, ClientParts parts, RetrySchedule schedule) : IReadingSource
{
    /// <summary>A connection that lasted so long was a success, whatever ended it.</summary>
    static readonly TimeSpan StableAfter = TimeSpan.FromMinutes(1);

    volatile MqttClient? _client;
    long? _connectedAt;

    public string Name => $"mqtt:{broker.Name}";

    public bool IsConnected => _connectedAt is not null;

    public int InFlight => _client?.InFlight ?? 0;

    public bool IsHeldBack => _client?.IsHeldBack ?? false;

    public async Task RunAsync(IReadingSink sink, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = new MqttClient(broker, sink, parts);
                _client = client;
                await client.RunAsync(Connected, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (IsExpected(exception))
            {
                if (_connectedAt is { } since && parts.Clock.GetElapsedTime(since) >= StableAfter) schedule.Succeeded();
                var pause = schedule.Failed();
                parts.Log.BrokerLost(broker.Name, exception.Message, pause);
                parts.Flow.Ended(CauseOf(exception));
                await Task.Delay(pause, parts.Clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                _connectedAt = null;
            }
        }
    }

    void Connected(bool sessionPresent)
    {
        _connectedAt = parts.Clock.GetTimestamp();
        parts.Log.BrokerConnected(broker.Name, broker.Host, broker.EffectivePort, sessionPresent);
    }

    // What a network, a broker or a full store can do to us. Anything else is a defect: it travels to the host of the
    // sources.
    static bool IsExpected(Exception exception) =>
        exception is IOException or SocketException or TimeoutException or AuthenticationException
            or MqttProtocolException or BrokerRefusedException or NotStoredException;

    static EndCause CauseOf(Exception exception) => exception switch
    {
        MqttProtocolException => EndCause.Protocol,
        BrokerRefusedException => EndCause.RefusedLogin,
        NotStoredException => EndCause.NotStored,
        TimeoutException => EndCause.KeepAlive,
        _ => EndCause.Lost,
    };
}
