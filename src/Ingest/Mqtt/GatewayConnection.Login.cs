using System.Buffers;
using System.IO.Pipelines;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Connections.Features;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>The greeting: CONNECT within its time and size, who it is, CONNACK.</summary>
sealed partial class GatewayConnection
{
    /// <summary>The smallest limit of a client that leaves room for a reason in words.</summary>
    const uint RoomForReasons = 1024;

    readonly PipeReader _input = connection.Transport.Input;

    // None where somebody else than MqttPorts maps the port, as benchmarks do.
    readonly ConnectionPlaces.Place? _place = connection.Features.Get<ConnectionPlaces.Place>();
    TimeSpan _sessionExpiry;
    bool _wantsReasons = true;

    // Of the time that a stranger has, the TLS handshake took its part.
    TimeSpan TimeToConnect
    {
        get
        {
            var left = parts.Options.ConnectTimeout;
            if (_place is not null) left -= parts.Places!.AgeOf(_place);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>True when the gateway is logged in and told so.</summary>
    async ValueTask<bool> GreetAsync(IdleWatch watch, CancellationToken stop)
    {
        if (await ReadConnectAsync(stop) is not { } connect) return false;
        // What now takes its time is ours: two thousand gateways may wait to have their secrets looked at.
        watch.Restart(Timeout.InfiniteTimeSpan);
        _version = connect.Version;
        var most = connect.Properties.Number(PropertyId.MaximumPacketSize) ?? uint.MaxValue;
        _wantsReasons = connect.Properties.Number(PropertyId.RequestProblemInformation) != 0 && most >= RoomForReasons
            && !parts.Options.IsOpen;
        if (_place is not null && !parts.Places!.TryKnow(_place))
            return await RefuseAsync(connect, ReasonCode.ServerBusy, "too_many_connections", null, stop);
        if (RefusalOf(connect) is { } fault) return await RefuseAsync(connect, fault.Code, fault.Reason, null, stop);
        var login = await parts.Logins.JudgeAsync(connect, address, Certificate?.Name, stop);
        if (!login.IsLoggedIn)
        {
            NoteRefused(connect, login);
            return await RefuseAsync(connect, login.Code, login.Reason, login.Gateway, stop);
        }
        var clientId = connect.ClientId.Length > 0 ? connect.ClientId : $"auto-{Guid.NewGuid()}";
        var dialect = login.Gateway?.Dialect is { } spoken ? parts.Dialects.Find(spoken) : null;
        var access = new ClientAccess(login.Gateway, clientId, parts.Rules, dialect);
        if (connect.Will is { } will && !access.MayPublish(System.Text.Encoding.UTF8.GetBytes(will.Topic)))
            return await RefuseAsync(connect, ReasonCode.NotAuthorized, "will_topic", login.Gateway, stop);
        _access = access;
        _sessionExpiry = ExpiryOf(connect);
        var taken = parts.Sessions.Take(new SessionKey(access.Owner, clientId), connect.CleanStart, this, connect.Will);
        if (taken is not var (session, isPresent))
        {
            Fault(parts.Now, $"It has {parts.Options.MaxSessionsPerGateway} sessions already, and all are connected.");
            return await RefuseAsync(connect, ReasonCode.QuotaExceeded, "too_many_sessions", login.Gateway, stop);
        }
        _session = session;
        session.Denied = access.Denied;
        // Revoked between the look at the registry and now: the watch may have passed by before this session was there
        // to be seen.
        if (login.Gateway is { } gateway && !GatewayLogins.StillHolds(gateway, parts.Intake.Registry.Current))
            End(EndCause.Revoked, ReasonCode.NotAuthorized, "the gateway was revoked while it logged in");
        LookAtCertificate();
        var keepAlive = KeepAliveOf(connect);
        var answer = new ConnAckPacket(isPresent && !connect.IsOld, 0, Announce(connect, clientId, keepAlive));
        if (SizeOf(answer) > most)
            throw new MqttProtocolException(
                ReasonCode.PacketTooLarge, $"Packets of {most} bytes at most: not even CONNACK fits.") { IsSilent = true };
        await SendConnAckAsync(answer, stop);
        watch.Restart(keepAlive > 0 ? TimeSpan.FromSeconds(keepAlive * 1.5) : Timeout.InfiniteTimeSpan);
        _attachment = session.Outgoing.Attach(new ClientLimits(_version, WindowOf(connect), most));
        Welcome(clientId);
        return true;
    }

    bool IsTls => connection.Features.Get<ITlsHandshakeFeature>() is not null;

    // Behind the guard: who makes names up is locked out there, and cannot fill the list. The secret it gave is not looked
    // at.
    void NoteRefused(ConnectPacket connect, in LoginOutcome login)
    {
        var name = connect.Username ?? "";
        var known = login.Gateway ?? parts.Intake.Registry.Current.Gateways.FirstOrDefault(
            gateway => gateway.Kind == GatewayKind.Mqtt && gateway.Username == name);
        if (known is not null)
        {
            if (!strangers.MayNote(known.Code)) return;
            var why = login.Gateway is not null || login.Reason == "locked_out" ? login.Reason
                : known.SecretHash is null ? "it has no secret here" : "it gave none";
            parts.Intake.FaultOfStranger(
                known.Code, parts.Now, $"A login under its name was refused: {why}. The log says from where.");
            return;
        }
        if (login.Reason is not ("unknown_user" or "no_credentials") || name.Length == 0) return;
        var topic = connect.Will?.Topic;
        var dialect = topic is null ? null : parts.Dialects.Guess(topic).Dialect?.Name;
        parts.Intake.Sighted(Way, name, parts.Now, address, dialect, topic);
    }

    void Welcome(string clientId)
    {
        var version = _version == MqttVersion.V5 ? "5.0" : "3.1.1";
        if (Gateway is not { } gateway)
        {
            parts.Log.AnonymousConnected(address, Shown.Text(clientId), version);
            return;
        }
        parts.Log.GatewayConnected(gateway.Code, address, Shown.Text(clientId), version);
        _notes = parts.Intake.NotesOf(gateway.Code);
        _connected = new GatewayConnected(Way, address, Shown.Plain(clientId), version, IsTls, parts.Now);
        _notes.Entered(_connected);
        if (gateway.Dialect is { } dialect && parts.Dialects.Find(dialect) is null)
            parts.Intake.Fault(
                gateway.Code, parts.Now, $"Its dialect {Shown.Text(dialect)} is unknown here; energywatch dialects lists them.");
    }

    /// <summary>The connection is over: its session is kept or ends, its will is said or not.</summary>
    public void Release()
    {
        if (_session is null) return;
        if (_attachment is not null) _session.Outgoing.Detach(_attachment);
        var cause = _end?.Cause ?? EndCause.Fault;
        if (_connected is not null) _notes!.Left(_connected, parts.Now, MqttFlow.Name(cause), _end?.Detail ?? "a defect ended it");
        var leavesWill = cause is EndCause.Disconnected ? _keepsWill : cause is not (EndCause.Stopping or EndCause.Revoked);
        parts.Sessions.Release(
            _session, this, cause == EndCause.Revoked ? TimeSpan.Zero : _sessionExpiry, leavesWill);
        // What it had retained was forgotten when it was revoked; this is what came in between.
        if (cause == EndCause.Revoked) parts.Exchange.KeepRetainedOf(RevokedGateways.Known(parts.Intake.Registry.Current));
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

    // A version we do not speak is told so in the form of 5.0 (§3.1.2.2), and a faulty CONNECT of version 5 is answered
    // too, unless not even the names in it are text. In any other case the connection is closed without a word.
    async ValueTask<ConnectPacket?> ReadConnectAsync(byte[] body, CancellationToken stop)
    {
        try
        {
            return ConnectPacket.Read(body);
        }
        catch (MqttProtocolException exception)
        {
            var five = ConnectPacket.IsVersion5(body) || exception.Reason == ReasonCode.UnsupportedProtocolVersion;
            _version = five ? MqttVersion.V5 : MqttVersion.V311;
            if (!exception.IsSilent && (five || exception.Reason == ReasonCode.ClientIdentifierNotValid))
                await SendConnAckAsync(new ConnAckPacket(false, CodeOf(exception.Reason), MqttProperties.None), stop);
            throw;
        }
    }

    static (ReasonCode Code, string Reason)? RefusalOf(ConnectPacket connect)
    {
        if (connect.ClientId.Length == 0 && !connect.CleanStart && connect.Version == MqttVersion.V311)
            return (ReasonCode.ClientIdentifierNotValid, "no_client_id");
        return connect.Properties.Text(PropertyId.AuthenticationMethod) is not null
            ? (ReasonCode.BadAuthenticationMethod, "enhanced_authentication")
            : null;
    }

    async ValueTask<bool> RefuseAsync(
        ConnectPacket connect, ReasonCode code, string reason, Gateway? named, CancellationToken stop)
    {
        parts.Flow.RefusedLogin(reason);
        strangers.LoginRefused(address, named?.Code, connect.Username ?? "", reason);
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

    // Only version 5 can be told a shorter one (§3.2.2.3.14).
    int KeepAliveOf(ConnectPacket connect)
    {
        var most = (int)parts.Options.MaxKeepAlive.TotalSeconds;
        var isFree = connect.Version == MqttVersion.V311 || most == 0;
        return isFree || connect.KeepAlive > 0 && connect.KeepAlive <= most ? connect.KeepAlive : most;
    }

    int WindowOf(ConnectPacket connect) => (int)Math.Min(
        parts.Options.SendMaximum, connect.Properties.Number(PropertyId.ReceiveMaximum) ?? ushort.MaxValue);

    // MQTT 5.0 §3.2.2.3: what we do not offer is said here, once.
    MqttProperties Announce(ConnectPacket connect, string clientId, int keepAlive)
    {
        if (connect.Version == MqttVersion.V311) return MqttProperties.None;
        List<MqttProperty> properties =
        [
            new(PropertyId.TopicAliasMaximum, (uint)parts.Options.TopicAliasMaximum),
            .. AssignedTo(connect, clientId),
            new(PropertyId.MaximumPacketSize, (uint)parts.Options.MaxPacketBytes),
            new(PropertyId.ReceiveMaximum, (uint)parts.Options.ReceiveMaximum),
            new(PropertyId.SharedSubscriptionAvailable, 0),
        ];
        if (_sessionExpiry.TotalSeconds < (connect.Properties.Number(PropertyId.SessionExpiryInterval) ?? 0))
            properties.Add(new(PropertyId.SessionExpiryInterval, (uint)_sessionExpiry.TotalSeconds));
        if (keepAlive != connect.KeepAlive) properties.Add(new(PropertyId.ServerKeepAlive, (uint)keepAlive));
        return new MqttProperties(properties);
    }

    static MqttProperty[] AssignedTo(ConnectPacket connect, string clientId) =>
        connect.ClientId.Length == 0 ? [new(PropertyId.AssignedClientIdentifier, Text: clientId)] : [];

    int SizeOf(ConnAckPacket packet)
    {
        var written = new ArrayBufferWriter<byte>();
        packet.Write(written, _version);
        return written.WrittenCount;
    }

    byte CodeOf(ReasonCode code) => _version == MqttVersion.V5 ? (byte)code : ReturnCode311.For(code);

    ValueTask SendConnAckAsync(ConnAckPacket packet, CancellationToken stop) =>
        _output.SendAsync((packet, _version), static (output, work) => work.packet.Write(output, work._version), stop);
}
