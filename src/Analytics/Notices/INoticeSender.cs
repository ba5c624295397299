using EnergyWatch.Domain.Quotas;

namespace EnergyWatch.Analytics.Notices;

/// <summary>
/// Sends a notice by one channel, once. It returns when the receiver took it and throws otherwise:
/// <see cref="NotTakenException"/> with words for the officer, or whatever the transport throws. It never retries:
/// <see cref="NoticeDelivery"/> does.
/// </summary>
public interface INoticeSender
{
    NoticeChannel Channel { get; }

    /// <summary>What has to be set up before anything can be sent; null when it is ready.</summary>
    string? NotReady { get; }

    Task SendAsync(Parcel parcel, CancellationToken stop);
}

/// <summary>A notice on its way to one address.</summary>
public sealed record Parcel(Delivery Delivery, Notice Notice, string? Secret)
{
    // A record prints all its members; this one holds a secret, and a robot's address is one.
    public override string ToString() => $"{Delivery.Channel} {Delivery.Id}";
}

/// <summary>
/// The receiver did not take the notice, or it cannot be sent there; the message says why and names no secret.
/// </summary>
/// <param name="hopeless">True where trying again cannot help.</param>
public sealed class NotTakenException(string message, bool hopeless = false, Exception? inner = null)
    : Exception(message, inner)
{
    public bool Hopeless { get; } = hopeless;
}
