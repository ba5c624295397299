using System.Net;
using System.Net.Sockets;

namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>How a peer's address is written, and whom it is counted with.</summary>
static class PeerAddress
{
    /// <summary>The address as text, without the port: one name, whichever way the socket writes it.</summary>
    public static string TextOf(EndPoint? peer)
    {
        if (peer is not IPEndPoint { Address: var address }) return "?";
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    /// <summary>
    /// What is counted as one: an IPv4 address, and of IPv6 a /64. Whoever has one address of such a network has all
    /// 2^64 of them (RFC 4291 §2.5.1), and would never be counted twice.
    /// </summary>
    public static string GroupOf(string address)
    {
        if (!IPAddress.TryParse(address, out var ip) || ip.AddressFamily != AddressFamily.InterNetworkV6) return address;
        if (ip.IsIPv4MappedToIPv6) return ip.MapToIPv4().ToString();
        Span<byte> bytes = stackalloc byte[16];
        ip.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
