using System.Diagnostics.CodeAnalysis;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// One gateway's connection, from its CONNECT to its end. This file is its life; <c>GatewayConnection.Login</c> is the
/// greeting, <c>GatewayConnection.Packets</c> what is done with each packet, <c>Publishing</c> messages in and
/// <c>Subscribing</c> messages out. Whoever ends it says why, once; the first
/// reason counts.
/// </summary>
[SuppressMessage("Reliability", "CA1001",
    Justification = "Whoever ends a connection may come when it is over already; no wait handle is taken.")]
sealed partial class GatewayConnection(
    ConnectionContext connection, string address, ListenerParts parts, StrangerLog strangers)
{
    const string Way = "listener";

    /// <summary>How long the last word may take on a connection whose peer does not read.</summary>
    static readonly TimeSpan LastWordLimit = TimeSpan.FromSeconds(1);

    readonly CancellationTokenSource _reading = new();
    readonly CancellationTokenSource _working = new(Timeout.InfiniteTimeSpan, parts.Clock);
    readonly MqttOutput _output = new(connection.Transport.Output, parts.Flow);
    readonly Lock _endLock = new();
    (EndCause Cause, ReasonCode Code, string Detail)? _end;
    MqttVersion _version = MqttVersion.V311;
    ClientAccess? _access;
    ClientSession? _session;
    Attachment? _attachment;
    bool _saysNothing;

    // What is noted of the gateway, from its login on.
    GatewayNotes? _notes;
    GatewayConnected? _connected;

    /// <summary>The gateway as it was when it logged in; null before, and for an anonymous client.</summary>
    public Gateway? Gateway => _access?.Gateway;

    // What it proved to have; null without one.
    ShownCertificate? Certificate => connection.Features.Get<ShownCertificate>();

    /// <summary>Null before it is logged in.</summary>
    public ClientSession? Session => _session;

    /// <summary>Messages between receipt and acknowledgement.</summary>
    public int InFlight => _deliveries?.Count ?? 0;

    bool IsRevoked { get { lock (_endLock) return _end?.Cause == EndCause.Revoked; } }

    public void End(EndCause cause, ReasonCode code, string detail)
    {
        lock (_endLock)
        {
            if (_end is not null) return;
            _end = (cause, code, detail);
        }
        if (cause.LetsFinish()) _working.CancelAfter(parts.Options.StopTimeout);
        else _working.Cancel();
        _reading.Cancel();
    }

    /// <summary>Ends it where its certificate was revoked since.</summary>
    public void LookAtCertificate()
    {
        if (Certificate is { Holds: false })
            End(EndCause.Revoked, ReasonCode.NotAuthorized, "its certificate was revoked, or its authority is gone");
    }

    public async Task RunAsync()
    {
        // Kestrel's graceful stop shows here only: ConnectionClosed does not fire for it.
        var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        using var onStop = (lifetime?.ConnectionClosedRequested ?? CancellationToken.None).Register(
            () => End(EndCause.Stopping, ReasonCode.ServerShuttingDown, "the service is stopping"));
        // A peer that closed may have left messages behind that are still to be read; but nothing may wait for it
        // without end.
        using var onClosed =
            connection.ConnectionClosed.Register(() => _working.CancelAfter(parts.Options.StopTimeout));
        using var onWorkOver = _working.Token.Register(
            () => End(EndCause.Closed, ReasonCode.Success, "the peer is gone"));
        try
        {
            using var watch = new IdleWatch(parts.Clock, TimeToConnect, Silent);
            if (await GreetAsync(watch, _reading.Token)) await ServeAsync(watch, _reading.Token);
        }
        catch (MqttProtocolException exception)
        {
            Broken(exception);
        }
        catch (OperationCanceledException) when (_reading.IsCancellationRequested)
        {
            // Whoever cancelled has said why.
        }
        catch (Exception exception) when (exception is IOException or ConnectionAbortedException)
        {
            End(EndCause.Lost, ReasonCode.Success, exception.Message);
        }
        await SayLastWordAsync();
        Report(_end!.Value.Cause, _end.Value.Detail);
    }

    void Broken(MqttProtocolException exception)
    {
        _saysNothing |= exception.IsSilent;
        End(EndCause.Protocol, exception.Reason, exception.Message);
    }

    void Silent() => End(
        _access is null ? EndCause.ConnectTimeout : EndCause.KeepAlive, ReasonCode.KeepAliveTimeout,
        "nothing was heard for too long");

    async Task ServeAsync(IdleWatch watch, CancellationToken stop)
    {
        var window = new InFlightWindow(parts.Options.ReceiveMaximum, parts.Options.InFlightBytes);
        var deliveries = new Deliveries(_version, window, _output, parts.Flow)
        {
            ReplyWay = new SessionReplies(parts.Exchange, _session!, parts.Clock),
        };
        _deliveries = deliveries;
        var delivering = DeliverAsync(deliveries);
        var sending = SendAsync(_reading.Token);
        try
        {
            await ReadAsync(watch, stop);
        }
        catch (MqttProtocolException exception)
        {
            Broken(exception);
        }
        catch (Exception exception) when (exception is IOException or ConnectionAbortedException)
        {
            End(EndCause.Lost, ReasonCode.Success, exception.Message);
        }
        finally
        {
            deliveries.Complete();
            await delivering;
            await _reading.CancelAsync();
            await sending;
        }
    }

    // Ends by itself only when the sink fails: then nothing more may be acknowledged, and the gateway must come back to
    // send again.
    async Task DeliverAsync(Deliveries deliveries)
    {
        try
        {
            await deliveries.RunAsync(parts.Sink, parts.Intake.PutAsync, Settle, _working.Token);
        }
        catch (OperationCanceledException) when (_working.IsCancellationRequested)
        {
            // Whoever cancelled has said why.
        }
        catch (MqttProtocolException exception)
        {
            Broken(exception);
        }
        catch (NotStoredException exception)
        {
            End(EndCause.NotStored, ReasonCode.ServerBusy, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or ConnectionAbortedException)
        {
            End(EndCause.Lost, ReasonCode.Success, exception.Message);
        }
        catch (Exception exception)
        {
            parts.Log.ConnectionFault(exception, address);
            End(EndCause.Fault, ReasonCode.UnspecifiedError, exception.Message);
        }
    }

    // In 3.1.1 a server has no last word: it closes (§3.14).
    async Task SayLastWordAsync()
    {
        var (_, code, detail) = _end!.Value;
        if (_access is null || _version == MqttVersion.V311 || code == ReasonCode.Success || _saysNothing) return;
        using var limit = new CancellationTokenSource(LastWordLimit, parts.Clock);
        try
        {
            var packet = new DisconnectPacket(PacketType.Disconnect, code, Explain(detail) ?? MqttProperties.None);
            await _output.SendAsync(
                packet, static (output, packet) => packet.Write(output, MqttVersion.V5), limit.Token);
        }
        catch (Exception exception) when (
            exception is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            parts.Log.LastWordUnheard(address, exception.Message);
        }
    }

    void Report(EndCause cause, string detail)
    {
        parts.Flow.Ended(cause);
        if (Gateway is { } gateway) parts.Log.GatewayGone(gateway.Code, address, cause, detail);
        else if (cause != EndCause.RefusedLogin) strangers.Gone(address, cause, detail);
        if (cause.IsFault()) Fault(parts.Now, $"{cause}: {detail}");
    }

    /// <summary>Shows the officer what is wrong with the gateway.</summary>
    void Fault(Instant at, string detail)
    {
        if (Gateway is { } gateway) parts.Intake.Fault(gateway.Code, at, detail);
    }
}
