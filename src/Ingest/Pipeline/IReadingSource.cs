namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Something that produces readings until it is cancelled: the Modbus poller, the client of an outside broker. Ending
/// in any other way is a fault: its host counts it, shows it on <c>/readyz</c> and starts it again after a pause.
/// </summary>
public interface IReadingSource
{
    string Name { get; }

    /// <summary>What is wrong with it though it runs, one sentence each; shown on <c>/readyz</c>.</summary>
    IReadOnlyList<string> Troubles => [];

    Task RunAsync(IReadingSink sink, CancellationToken stop);
}
