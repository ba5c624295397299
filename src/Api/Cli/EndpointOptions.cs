using System.CommandLine;
using EnergyWatch.Ingest.Modbus.Lines;

namespace EnergyWatch.Api.Cli;

/// <summary>What <c>read</c> and <c>scan</c> need to know of an endpoint: a TCP address, or a serial port of this machine.</summary>
sealed class EndpointOptions
{
    readonly Option<string> _host = new("--host")
    {
        Description = "Address of the meter, gateway or serial server as host or host:port; or a serial port as /dev/ttyUSB0", Required = true,
    };

    readonly Option<int?> _port = new("--port") { Description = $"TCP port (default {ModbusEndpoint.DefaultPort})" };
    readonly Option<string> _framing = new("--framing")
    {
        Description = "tcp, or rtu for a serial server that passes RTU frames through", DefaultValueFactory = _ => "tcp",
    };

    readonly Option<int?> _baud = new("--baud") { Description = "Speed of the serial port (default 9600)" };
    readonly Option<string?> _parity = new("--parity") { Description = "Parity of the serial port: none, even or odd (default none)" };
    readonly Option<int?> _stopBits = new("--stop-bits") { Description = "Stop bits of the serial port: 1 or 2 (default 1)" };

    public EndpointOptions() => _framing.AcceptOnlyFromAmong("tcp", "rtu");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _host, _port, _framing, _baud, _parity, _stopBits }) command.Options.Add(option);
    }

    /// <exception cref="BadArgumentException">where the options name no endpoint.</exception>
    public ModbusEndpoint Of(ParseResult parsed)
    {
        var (host, port) = (parsed.GetRequiredValue(_host), parsed.GetValue(_port));
        var settings = Settings(parsed).ToList();
        if (host.StartsWith('/'))
            return port is null ? Serial(host, settings) : throw new BadArgumentException("--port is of TCP; a serial port has none.");
        if (settings.Count > 0) throw new BadArgumentException($"--baud, --parity and --stop-bits are of a serial port; '{host}' is none.");
        var framing = parsed.GetRequiredValue(_framing) == "rtu" ? ModbusFraming.RtuOverTcp : ModbusFraming.Tcp;
        var endpoint = ModbusEndpoint.TryParse(host, framing, out var fault) ?? throw new BadArgumentException($"--host: {fault}.");
        if (port is null) return endpoint;
        return port is >= 1 and <= 65535 ? endpoint with { Port = port.Value } : throw new BadArgumentException($"--port {port} is not 1 to 65535.");
    }

    static ModbusEndpoint Serial(string host, IReadOnlyList<string> settings)
    {
        var text = settings.Count == 0 ? host : $"{host}{(host.Contains('?') ? '&' : '?')}{string.Join('&', settings)}";
        return ModbusEndpoint.TryParse(text, ModbusFraming.Rtu, out var fault) ?? throw new BadArgumentException($"--host: {fault}.");
    }

    IEnumerable<string> Settings(ParseResult parsed)
    {
        if (parsed.GetValue(_baud) is { } baud) yield return $"baud={baud}";
        if (parsed.GetValue(_parity) is { } parity) yield return $"parity={parity}";
        if (parsed.GetValue(_stopBits) is { } stopBits) yield return $"stop={stopBits}";
    }
}
