using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>A host application at a broker: its session, and what goes out beside it.</summary>
sealed class SparkplugSource(MqttSource session, SparkplugPurpose purpose) : IReadingSource
{
    public string Name => session.Name;

    public async Task RunAsync(IReadingSink sink, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var over = new CancellationTokenSource();
        var beside = purpose.RunAsync(sink, over.Token);
        var running = session.RunAsync(sink, ending.Token);
        // Alone neither is a host. What is beside goes on until the session has said its goodbye.
        if (await Task.WhenAny(running, beside) == beside) await ending.CancelAsync();
        await running;
        await over.CancelAsync();
        await beside.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (beside.IsFaulted) await beside;
    }
}
