using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// A client of an outside broker, for ever: connects, and after every loss again, with growing pauses that differ
/// between processes.
/// </summary>
sealed class MqttSource : IReadingSource
{
    /// <summary>Causes of troubles.</summary>
    public const string Silent = "silent";
    const string Lost = "lost";
    const string Forgot = "forgot";

    readonly BrokerOptions _broker;
    readonly IBrokerPurpose _purpose;
    readonly ClientParts _parts;
    readonly BrokerSession _session;
    readonly BrokerVersion _version;
    readonly BrokerRetry _retry;
    volatile MqttClient? _client;
    volatile bool _isConnected;
    long _connectedAt;

    /// <param name="jitter">A number from 0 up to 1 for each pause.</param>
    public MqttSource(BrokerOptions broker, IBrokerPurpose purpose, ClientParts parts, Func<double> jitter)
    {
        (_broker, _purpose, _parts) = (broker, purpose, parts);
        _session = new BrokerSession(broker, parts);
        _version = new BrokerVersion(broker.Mqtt5);
        _retry = new BrokerRetry(parts.Clock, broker.FirstRetry, broker.LongestRetry, jitter);
    }

    public string Name => $"mqtt:{_broker.Name}";

    public IReadOnlyList<string> Troubles => _session.Troubles.Now;

    /// <summary>The way out; open while connected.</summary>
    public IBrokerOutlet Outlet => _session.Publisher;

    public bool IsConnected => _isConnected;

    public int InFlight => _client?.InFlight ?? 0;

    public bool IsHeldBack => _client?.IsHeldBack ?? false;

    public async Task RunAsync(IReadingSink sink, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = new MqttClient(_broker, _version.Now, _purpose, _session, _parts);
                _client = client;
                await client.RunAsync(sink, Greeted, Connected, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (OldBrokerException)
            {
                _version.Refused();
                _parts.Log.BrokerSpeaks311(_broker.Name);
            }
            catch (Exception exception) when (IsExpected(exception))
            {
                var pause = Lose(exception);
                await Task.Delay(pause, _parts.Clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                _isConnected = false;
            }
        }
    }

    void Greeted(BrokerTerms terms)
    {
        _version.Answered();
        var isKept = !_purpose.ForgetsSession;
        if (_session.Resume(terms.SessionPresent))
        {
            _parts.Log.BrokerForgotSession(_broker.Name);
            _session.Troubles.Remember(Forgot, $"At {_parts.Clock.Now()} the broker had forgotten our session and what it"
                + " had queued in it: messages may have been lost at the broker.");
        }
        if (isKept && terms.SessionExpiry is { } granted && granted < _broker.SessionExpiry)
            _parts.Log.BrokerKeepsLess(_broker.Name, granted, _broker.SessionExpiry);
    }

    void Connected(BrokerTerms terms)
    {
        _session.Troubles.Over(Lost);
        if (!_purpose.ForgetsSession) _session.Keep();
        _connectedAt = _parts.Clock.GetTimestamp();
        _isConnected = true;
        _parts.Log.BrokerConnected(_broker.Name, _broker.Host, _broker.EffectivePort, terms.SessionPresent);
    }

    /// <summary>Says what happened, and for how long to wait.</summary>
    TimeSpan Lose(Exception fault)
    {
        var lasted = _isConnected ? _parts.Clock.GetElapsedTime(_connectedAt) : (TimeSpan?)null;
        // Not only after the pause: whoever looks at it meanwhile is told the truth.
        _isConnected = false;
        var pause = _retry.PauseAfter(fault, lasted);
        if (fault is BrokerMuteException) _version.Unanswered();
        if (fault is BrokerSilentException)
        {
            _session.Subscribed.Clear();
            _session.Troubles.Say(Silent, $"No message for {_broker.SilenceLimit} until {_parts.Clock.Now()}, though connected.");
        }
        _session.Troubles.Say(Lost, $"Not connected since {_parts.Clock.Now()}: {fault.Message}");
        _purpose.Lost(fault.Message);
        _parts.Log.BrokerLost(_broker.Name, fault.Message, pause);
        if (fault is BrokerLeftException { Reason: ReasonCode.SessionTakenOver } || IsSuspicious(fault, lasted))
            _parts.Log.BrokerTakenOver(_broker.Name, _broker.ClientId);
        _parts.Flow.Ended(CauseOf(fault));
        return pause;
    }

    // 3.1.1 has no word for it: a connection that was good and is closed again and again soon after.
    bool IsSuspicious(Exception fault, TimeSpan? lasted) =>
        _version.Now == MqttVersion.V311 && fault is IOException && lasted < _retry.StableAfter && _retry.Failures % 5 == 0;

    // What a network, a broker, a file of certificates or a full store can do to us. Anything else is a defect: it
    // travels to the host of the sources.
    static bool IsExpected(Exception exception) =>
        exception is IOException or SocketException or TimeoutException or AuthenticationException
            or CryptographicException or UnauthorizedAccessException or MqttProtocolException
            or BrokerRefusedException or BrokerLeftException or BrokerSilentException or NotStoredException;

    static EndCause CauseOf(Exception exception) => exception switch
    {
        MqttProtocolException => EndCause.Protocol,
        BrokerRefusedException => EndCause.RefusedLogin,
        BrokerLeftException { Reason: ReasonCode.SessionTakenOver } => EndCause.TakenOver,
        BrokerLeftException => EndCause.Disconnected,
        BrokerSilentException => EndCause.Silent,
        NotStoredException => EndCause.NotStored,
        TimeoutException => EndCause.KeepAlive,
        _ => EndCause.Lost,
    };
}
