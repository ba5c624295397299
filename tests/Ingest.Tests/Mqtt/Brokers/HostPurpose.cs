using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>Something like a Sparkplug host: no session, a will, first and last words.</summary>
sealed class HostPurpose : IBrokerPurpose
{
    const string State = "STATE/host";

    public ReasonCode? Arrived { get; private set; }
    public ReasonCode? Left { get; private set; }

    public bool ForgetsSession => true;

    public bool HearsItself => true;

    public MqttWill? Will() => new(State, "off"u8.ToArray(), 1, true, MqttProperties.None);

    public async Task<IReadOnlyList<string>> FiltersAsync(IReadOnlyList<string>? known, CancellationToken stop)
    {
        if (known is not null) await new TaskCompletionSource().Task.WaitAsync(stop);
        return [State, "data/#"];
    }

    public async ValueTask ArrivedAsync(IBrokerOutlet outlet, CancellationToken stop) =>
        Arrived = await outlet.PublishAsync(State, "on"u8.ToArray(), 1, true, stop);

    public async ValueTask LeavingAsync(IBrokerOutlet outlet, CancellationToken stop) =>
        Left = await outlet.PublishAsync(State, "off"u8.ToArray(), 1, true, stop);

    public ValueTask<Task<IngestReceipt>> PutAsync(IReadingSink sink, Delivery delivery, CancellationToken stop) =>
        ValueTask.FromResult(Task.FromResult(new IngestReceipt(0, 0, [])));

    public void Settled(Delivery delivery, IngestReceipt? receipt) { }
}
