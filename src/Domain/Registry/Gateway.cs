namespace EnergyWatch.Domain.Registry;

/// <summary>How meters are reached: an endpoint we poll, or a sender that pushes to us.</summary>
/// <param name="Endpoint"><c>host:port</c> of a polled one, or a serial port (<see cref="SerialEndpoint"/>); empty for one that pushes.</param>
/// <param name="Username">The name it logs in with; its code where none is given.</param>
/// <param name="SecretHash">Hash of its secret (<c>Access.SecretHash</c>); null where it needs none.</param>
/// <param name="Dialect">How one of kind mqtt names its topics and writes its readings; null is our own format.</param>
public sealed record Gateway(
    string Code, string Name, GatewayKind Kind, string? Endpoint, string Username, string? SecretHash, DateOnly ValidFrom,
    string? Dialect = null);

public enum GatewayKind { ModbusTcp = 1, ModbusRtuOverTcp = 2, Mqtt = 3, Http = 4, ModbusRtu = 5 }

/// <summary>The names of gateway kinds in <c>gateways.csv</c>.</summary>
public static class GatewayKinds
{
    static readonly string[] Keys = ["modbus_tcp", "modbus_rtu_over_tcp", "mqtt", "http", "modbus_rtu"];

    /// <summary>All of them, for the person who has to choose one.</summary>
    public static string All => string.Join(", ", Keys);

    public static string Key(this GatewayKind kind) => Keys[(int)kind - 1];

    public static bool TryParse(string? key, out GatewayKind kind)
    {
        kind = (GatewayKind)(Array.IndexOf(Keys, key) + 1);
        return kind != 0;
    }
}
