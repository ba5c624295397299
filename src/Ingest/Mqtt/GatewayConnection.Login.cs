using System.Buffers;
using System.IO.Pipelines;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>The greeting: CONNECT within its time and size, who it is, CONNACK.</summary>
sealed partial class GatewayConnection
{
    // Where the protocol level stands in a CONNECT of 3.1.1 and later (§3.1.2.2).
    const int LevelOffset = 6;

    readonly PipeReader _input = connection.Transport.Input;
    SessionKey _session;
    TimeSpan _sessionExpiry;
    bool _wantsReasons = true;

    /// <summary>True when the gateway is logged in and told so.</summary>
    async ValueTask<bool> GreetAsync(IdleWatch watch, CancellationToken stop)
    {
        if (await ReadConnectAsync(stop) is not { } connect) return false;
        _version = connect.Version;
        _wantsReasons = connect.Properties.Number(PropertyId.RequestProblemInformation) != 0
            && (connect.Properties.Number(PropertyId.MaximumPacketSize) ?? uint.MaxValue) >= 1024;
        if (RefusalOf(connect) is { } fault) return await RefuseAsync(connect, fault.Code, fault.Reason, stop);
        var login = await parts.Logins.JudgeAsync(connect, address, stop);
        if (!login.IsLoggedIn)
        {
            if (login.Gateway is { } named)
                parts.Intake.Fault(named.Code, parts.Now, $"Login from {address} refused: {login.Reason}.");
            return await RefuseAsync(connect, login.Code, login.Reason, stop);
        }
        _gateway = login.Gateway!;
        _ownTopics = OwnTopics.Of(_gateway);
        var clientId = connect.ClientId.Length > 0 ? connect.ClientId : $"auto-{Guid.NewGuid():N}";
        _sessionExpiry = ExpiryOf(connect);
        _session = new SessionKey(_gateway.Code, clientId);
        var present = parts.Sessions.Take(_session, connect.CleanStart, this);
        // Revoked between the look at the registry and now: the watch may have passed by before this session was there
        // to be seen.
        if (!GatewayLogins.StillHolds(_gateway, parts.Intake.Registry.Current))
            End(EndCause.Revoked, ReasonCode.NotAuthorized, "the gateway was revoked while it logged in");
        await SendConnAckAsync(new ConnAckPacket(present, 0, Announce(connect, clientId)), stop);
        watch.Restart(connect.KeepAlive > 0 ? TimeSpan.FromSeconds(connect.KeepAlive * 1.5) : Timeout.InfiniteTimeSpan);
        parts.Log.GatewayConnected(
            _gateway.Code, address, Shown.Text(clientId), connect.Version == MqttVersion.V5 ? "5.0" : "3.1.1");
        parts.Intake.Seen(_gateway.Code, parts.Now);
        return true;
    }

    public void Release()
    {
        if (_session != default)
            parts.Sessions.Release(_session, this, _end?.Cause == EndCause.Revoked ? TimeSpan.Zero : _sessionExpiry);
    }

    async ValueTask<ConnectPacket?> ReadConnectAsync(CancellationToken stop)
    {
        while (true)
        {
            var result = await _input.ReadAsync(stop);
            var buffer = result.Buffer;
            var before = buffer.Length;
            var examined = buffer.End;
            try
            {
                if (MqttFraming.TryRead(ref buffer, parts.Options.MaxConnectBytes, MqttVersion.V5, out var frame))
                {
                    examined = buffer.Start;
                    if (frame.Type != PacketType.Connect)
                        throw MqttProtocolException.Protocol($"{frame.Type} before CONNECT.");
                    return await ReadConnectAsync(frame.Body.ToArray(), stop);
                }
            }
            finally
            {
                parts.Flow.Received(before - buffer.Length, 0);
                _input.AdvanceTo(buffer.Start, examined);
            }
            if (!result.IsCompleted) continue;
            if (buffer.IsEmpty) End(EndCause.Closed, ReasonCode.Success, "closed before CONNECT");
            else End(EndCause.Truncated, ReasonCode.Success, "closed inside CONNECT");
            return null;
        }
    }

    // A version we do not speak is told so in its own form (3.1.1 §3.1.2.2, 5.0 §3.1.2.2), and a faulty CONNECT of
    // version 5 may be answered too. In any other case the connection is closed without a word.
    async ValueTask<ConnectPacket?> ReadConnectAsync(byte[] body, CancellationToken stop)
    {
        try
        {
            return ConnectPacket.Read(body);
        }
        catch (MqttProtocolException exception)
        {
            var five = body.Length > LevelOffset && body.AsSpan().StartsWith("\0\u0004MQTT"u8)
                && body[LevelOffset] >= (byte)MqttVersion.V5;
            _version = five ? MqttVersion.V5 : MqttVersion.V311;
            if (five || exception.Reason == ReasonCode.UnsupportedProtocolVersion)
                await SendConnAckAsync(new ConnAckPacket(false, CodeOf(exception.Reason), MqttProperties.None), stop);
            throw;
        }
    }

    static (ReasonCode Code, string Reason)? RefusalOf(ConnectPacket connect)
    {
        if (connect.ClientId.Length == 0 && !connect.CleanStart && connect.Version == MqttVersion.V311)
            return (ReasonCode.ClientIdentifierNotValid, "no_client_id");
        if (connect.ClientId.Any(char.IsControl)) return (ReasonCode.ClientIdentifierNotValid, "bad_client_id");
        if (connect.Properties.Text(PropertyId.AuthenticationMethod) is not null)
            return (ReasonCode.BadAuthenticationMethod, "enhanced_authentication");
        if (connect.Version != MqttVersion.V5 || connect.Will is not { } will) return null;
        if (will.Qos > 1) return (ReasonCode.QosNotSupported, "will_qos");
        return will.Retain ? (ReasonCode.RetainNotSupported, "will_retain") : null;
    }

    async ValueTask<bool> RefuseAsync(ConnectPacket connect, ReasonCode code, string reason, CancellationToken stop)
    {
        parts.Flow.RefusedLogin(reason);
        parts.Log.LoginRefused(address, Shown.Text(connect.Username ?? ""), reason);
        await SendConnAckAsync(new ConnAckPacket(false, CodeOf(code), MqttProperties.None), stop);
        End(EndCause.RefusedLogin, ReasonCode.Success, reason);
        return false;
    }

    TimeSpan ExpiryOf(ConnectPacket connect)
    {
        if (connect.Version == MqttVersion.V5)
            return AtMost(connect.Properties.Number(PropertyId.SessionExpiryInterval) ?? 0);
        return connect.CleanStart ? TimeSpan.Zero : parts.Options.SessionExpiry;
    }

    TimeSpan AtMost(uint seconds)
    {
        var asked = TimeSpan.FromSeconds(seconds);
        return asked < parts.Options.SessionExpiry ? asked : parts.Options.SessionExpiry;
    }

    // MQTT 5.0 §3.2.2.3: what we do not offer is said here, once.
    MqttProperties Announce(ConnectPacket connect, string clientId)
    {
        if (connect.Version == MqttVersion.V311) return MqttProperties.None;
        List<MqttProperty> properties =
        [
            new(PropertyId.ReceiveMaximum, (uint)parts.Options.ReceiveMaximum),
            new(PropertyId.MaximumPacketSize, (uint)parts.Options.MaxPacketBytes),
            new(PropertyId.MaximumQos, 1),
            new(PropertyId.RetainAvailable, 0),
            new(PropertyId.WildcardSubscriptionAvailable, 0),
            new(PropertyId.SubscriptionIdentifierAvailable, 0),
            new(PropertyId.SharedSubscriptionAvailable, 0),
        ];
        if (connect.ClientId.Length == 0) properties.Add(new(PropertyId.AssignedClientIdentifier, Text: clientId));
        if (_sessionExpiry.TotalSeconds < (connect.Properties.Number(PropertyId.SessionExpiryInterval) ?? 0))
            properties.Add(new(PropertyId.SessionExpiryInterval, (uint)_sessionExpiry.TotalSeconds));
        return new MqttProperties(properties);
    }

    byte CodeOf(ReasonCode code) => _version == MqttVersion.V5 ? (byte)code : ReturnCode311.For(code);

    ValueTask SendConnAckAsync(ConnAckPacket packet, CancellationToken stop) =>
        _output.SendAsync((packet, _version), static (output, work) => work.packet.Write(output, work._version), stop);
}
