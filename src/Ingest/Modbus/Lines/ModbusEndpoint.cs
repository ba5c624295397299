using System.Globalization;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>How frames travel on a TCP connection.</summary>
public enum ModbusFraming { Tcp, RtuOverTcp }

/// <summary>One physical endpoint: a meter, a gateway or a serial server, with one connection and one owner.</summary>
public sealed record ModbusEndpoint(string Host, int Port, ModbusFraming Framing)
{
    public const int DefaultPort = 502;

    /// <summary>Reads <c>host</c>, <c>host:port</c> or <c>[ipv6]:port</c>; null for anything else.</summary>
    public static ModbusEndpoint? TryParse(string? text, ModbusFraming framing)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var trimmed = text.Trim();
        var colon = trimmed.LastIndexOf(':');
        var bracket = trimmed.LastIndexOf(']');
        var hasPort = colon > bracket && (bracket >= 0 || trimmed.IndexOf(':') == colon);
        var host = (hasPort ? trimmed[..colon] : trimmed).Trim('[', ']');
        var port = DefaultPort;
        if (hasPort && !int.TryParse(trimmed[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)) return null;
        return host.Length == 0 || port is < 1 or > 65535 ? null : new ModbusEndpoint(host.ToLowerInvariant(), port, framing);
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
