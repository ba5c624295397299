using System.Globalization;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>How frames travel: on a TCP connection, on one to a serial server, on a serial port.</summary>
public enum ModbusFraming { Tcp, RtuOverTcp, Rtu }

/// <summary>One physical endpoint: a meter, a gateway, a serial server or a serial port, with one connection and one owner.</summary>
public sealed record ModbusEndpoint(string Host, int Port, ModbusFraming Framing)
{
    public const int DefaultPort = 502;

    /// <summary>The port and its settings where it is a serial one.</summary>
    public SerialEndpoint? Serial { get; private init; }

    public static ModbusEndpoint On(SerialEndpoint port) => new(port.Path, 0, ModbusFraming.Rtu) { Serial = port };

    /// <summary>Reads <c>host</c>, <c>host:port</c> or <c>[ipv6]:port</c>, or a serial port for <see cref="ModbusFraming.Rtu"/>.</summary>
    /// <param name="fault">What is wrong with it and what is allowed; null where nothing is.</param>
    public static ModbusEndpoint? TryParse(string? text, ModbusFraming framing, out string? fault)
    {
        if (framing == ModbusFraming.Rtu) return SerialEndpoint.TryParse(text, out fault) is { } port ? On(port) : null;
        var endpoint = TryParse(text, framing);
        fault = endpoint is null ? $"'{text}' is not host or host:port" : null;
        return endpoint;
    }

    /// <summary>The same; null for anything else.</summary>
    public static ModbusEndpoint? TryParse(string? text, ModbusFraming framing)
    {
        if (framing == ModbusFraming.Rtu) return TryParse(text, framing, out _);
        if (string.IsNullOrWhiteSpace(text)) return null;
        var trimmed = text.Trim();
        var colon = trimmed.LastIndexOf(':');
        var bracket = trimmed.LastIndexOf(']');
        var hasPort = colon > bracket && (bracket >= 0 || trimmed.IndexOf(':') == colon);
        var host = (hasPort ? trimmed[..colon] : trimmed).Trim('[', ']').TrimEnd('.');
        var port = DefaultPort;
        if (hasPort && !int.TryParse(trimmed[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)) return null;
        return host.Length == 0 || port is < 1 or > 65535 ? null : new ModbusEndpoint(host.ToLowerInvariant(), port, framing);
    }

    public override string ToString() => Serial?.Path ?? (Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}");
}
