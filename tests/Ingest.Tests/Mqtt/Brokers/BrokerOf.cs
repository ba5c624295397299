using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>Options for a scripted broker, which says nothing of what it drops.</summary>
static class BrokerOf
{
    public static BrokerOptions Options(this FakeBroker broker) => new()
    {
        Name = "site", Host = "127.0.0.1", Port = broker.Port, ClientId = "energywatch-county",
        Mqtt5 = broker.Version == MqttVersion.V5, DropCounter = "",
    };

    public static FakeBroker Five() => new() { Version = MqttVersion.V5 };

    public static bool Says(this SourceUnderTest source, string part) =>
        source.Log.Lines.Any(line => line.Message.Contains(part, StringComparison.Ordinal));

    public static Task SaysAsync(this SourceUnderTest source, string part) =>
        Eventually.HoldsAsync(() => source.Says(part), $"the log says \"{part}\"");

    public static Task ShowsAsync(this SourceUnderTest source, string part) => Eventually.HoldsAsync(
        () => source.Troubles.Any(trouble => trouble.Contains(part, StringComparison.Ordinal)), $"\"{part}\" is shown");

    public static Task IsConnectedAsync(this SourceUnderTest source) =>
        Eventually.HoldsAsync(() => source.IsConnected, "connected");
}
