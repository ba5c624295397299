using System.CommandLine;
using EnergyWatch.Ingest.Modbus.Lines;

namespace EnergyWatch.Api.Cli;

/// <summary>What <c>read</c> and <c>scan</c> need to know of an endpoint.</summary>
sealed class EndpointOptions
{
    readonly Option<string> _host = new("--host") { Description = "Address of the meter, gateway or serial server: host or host:port", Required = true };
    readonly Option<int?> _port = new("--port") { Description = $"TCP port (default {ModbusEndpoint.DefaultPort})" };
    readonly Option<string> _framing = new("--framing")
    {
        Description = "tcp, or rtu for a serial server that passes RTU frames through", DefaultValueFactory = _ => "tcp",
    };

    public EndpointOptions() => _framing.AcceptOnlyFromAmong("tcp", "rtu");

    public void AddTo(Command command)
    {
        command.Options.Add(_host);
        command.Options.Add(_port);
        command.Options.Add(_framing);
    }

    /// <exception cref="BadArgumentException">where the options name no endpoint.</exception>
    public ModbusEndpoint Of(ParseResult parsed)
    {
        var (host, port) = (parsed.GetRequiredValue(_host), parsed.GetValue(_port));
        var framing = parsed.GetRequiredValue(_framing) == "rtu" ? ModbusFraming.RtuOverTcp : ModbusFraming.Tcp;
        var endpoint = ModbusEndpoint.TryParse(host, framing) ?? throw new BadArgumentException($"--host '{host}' is not host or host:port.");
        if (port is null) return endpoint;
        return port is >= 1 and <= 65535 ? endpoint with { Port = port.Value } : throw new BadArgumentException($"--port {port} is not 1 to 65535.");
    }
}
