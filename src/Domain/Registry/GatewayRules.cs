using System.Globalization;

namespace EnergyWatch.Domain.Registry;

/// <summary>What must be true of gateways: where a polled one answers, and that no two log in under one name.</summary>
static class GatewayRules
{
    public static bool IsPolled(GatewayKind kind) => kind is GatewayKind.ModbusTcp or GatewayKind.ModbusRtuOverTcp or GatewayKind.ModbusRtu;

    public static void Check(RegistryRows rows, RegistryRows merged, FaultList faults)
    {
        var owners = merged.Gateways.GroupBy(row => row.Code).Select(facts => facts.MaxBy(row => row.ValidFrom)!)
            .ToLookup(row => row.Username ?? row.Code, row => row.Code);
        foreach (var row in rows.Gateways)
        {
            faults.Code(row.Place, row.Code);
            faults.Text(row.Place, "name", row.Name);
            if (Enum.IsDefined(row.Kind)) Endpoint(row, merged, faults);
            else faults.Add(row.Place, "kind", $"{(int)row.Kind} is no kind of gateway");
            if (row.Dialect is { } dialect)
            {
                faults.Code(row.Place, dialect, "dialect");
                faults.Require(
                    row.Kind == GatewayKind.Mqtt, row.Place, "dialect", $"must be empty: a gateway of kind {row.Kind.Key()} has none");
            }
            var username = row.Username ?? row.Code;
            faults.Text(row.Place, "username", username);
            if (owners[username].FirstOrDefault(code => code != row.Code) is { } other)
                faults.Add(row.Place, "username", $"{username} is also the user name of {other}");
        }
    }

    static void Endpoint(GatewayRow row, RegistryRows merged, FaultList faults)
    {
        if (row.Kind == GatewayKind.ModbusRtu) Port(row, merged, faults);
        else if (!IsPolled(row.Kind))
            faults.Require(
                string.IsNullOrEmpty(row.Endpoint), row.Place, "endpoint",
                $"must be empty: a gateway of kind {row.Kind.Key()} connects to us");
        else
            faults.Require(
                IsHostAndPort(row.Endpoint), row.Place, "endpoint",
                $"'{row.Endpoint}' must be host:port, for example 10.0.0.7:502");
    }

    // A port has one speed at a time: two gateways may share it, not set it.
    static void Port(GatewayRow row, RegistryRows merged, FaultList faults)
    {
        if (SerialEndpoint.TryParse(row.Endpoint, out var fault) is not { } port) faults.Add(row.Place, "endpoint", fault!);
        else if (merged.Gateways.FirstOrDefault(other => other.Kind == GatewayKind.ModbusRtu && other.Code != row.Code
            && SerialEndpoint.TryParse(other.Endpoint, out _) is { } theirs && theirs.Path == port.Path && theirs != port) is { } at)
            faults.Add(row.Place, "endpoint", $"{at.Code} has the same port set to {at.Endpoint}");
    }

    static bool IsHostAndPort(string? endpoint)
    {
        if (endpoint?.LastIndexOf(':') is not (> 0 and var colon)) return false;
        var host = endpoint[..colon];
        // An IPv6 address stands in brackets, else its colons and the port's could not be told apart.
        var bracketed = host is ['[', .., ']'];
        var kind = Uri.CheckHostName(bracketed ? host[1..^1] : host);
        return kind != UriHostNameType.Unknown && bracketed == (kind == UriHostNameType.IPv6)
            && int.TryParse(endpoint[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= 65535;
    }
}
