using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>The broker refused us, or all that we asked for: a person has to look at it.</summary>
sealed class BrokerRefusedException(string message, ReasonCode reason = ReasonCode.UnspecifiedError) : Exception(message)
{
    public ReasonCode Reason { get; } = reason;
}

/// <summary>The broker speaks no version 5.</summary>
sealed class OldBrokerException(string message) : Exception(message);

/// <summary>The broker ended the connection and said why.</summary>
sealed class BrokerLeftException(ReasonCode reason, string? reference, string? text)
    : Exception($"The broker disconnected us: {reason} (0x{(byte)reason:x2})"
        + (reference is null ? "" : $", it names {Pipeline.Shown.Text(reference)} instead")
        + (string.IsNullOrEmpty(text) ? "." : $": {Pipeline.Shown.Text(text)}."))
{
    public ReasonCode Reason { get; } = reason;
}

/// <summary>Connected, and yet nothing came for longer than <see cref="BrokerOptions.SilenceLimit"/>.</summary>
sealed class BrokerSilentException(TimeSpan limit)
    : Exception($"Connected, and no message for {limit}: subscribing anew.");

/// <summary>The broker closed without an answer: some that know no version 5 do.</summary>
sealed class BrokerMuteException(string message) : IOException(message);
