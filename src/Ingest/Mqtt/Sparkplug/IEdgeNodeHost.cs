using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// What an edge node tells its host beside the readings. Called under its lock: nothing may wait here.
/// </summary>
interface IEdgeNodeHost
{
    /// <summary>
    /// A message that was held back has been decoded. The room that it took is the host's to give back, when it is stored.
    /// </summary>
    void Release(EdgeNode node, in SparkplugMessage message, DecodedPayload payload);

    /// <summary>It must be born again before its data can be understood.</summary>
    void WantsRebirth(EdgeNode node);

    /// <summary>A session of it begins, or begins anew.</summary>
    void IsBorn(EdgeNode node);

    /// <summary>What was last heard of it, or of one of its devices, is no longer its state.</summary>
    void IsStale(EdgeNode node, string? device, string reason);

    /// <summary>A defect of ours cost a message of it.</summary>
    void IsBroken(EdgeNode node, Exception defect);

    /// <summary>Takes room for so many held bytes; false where there is none.</summary>
    bool TryHold(EdgeNode node, int bytes);

    void LetGo(EdgeNode node, int bytes);
}
