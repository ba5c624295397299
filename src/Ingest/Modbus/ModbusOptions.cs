namespace EnergyWatch.Ingest.Modbus;

/// <summary>How meters are polled. The defaults suit serial gateways with up to 32 meters.</summary>
public sealed record ModbusOptions
{
    /// <summary>Folder of the meter models that come with the service.</summary>
    public string ModelsFolder { get; init; } = Path.Combine("seeds", "models");

    /// <summary>Folder of further models, which may replace one that comes with the service; none where empty.</summary>
    public string? UserModelsFolder { get; init; }

    /// <summary>Seconds until a connection must be made.</summary>
    public double ConnectTimeoutS { get; init; } = 3;

    /// <summary>Seconds over which the polls of one period are spread, by a hash of the meter's code; never more than the period.</summary>
    public double SpreadS { get; init; } = 30;

    /// <summary>Seconds after the first failure until the meter is asked again; doubles with each further one.</summary>
    public double BackOffS { get; init; } = 2;

    /// <summary>The longest such pause in seconds.</summary>
    public double MaxBackOffS { get; init; } = 300;

    /// <summary>Failures in a row, and</summary>
    public int DeadAfterFailures { get; init; } = 3;

    /// <summary>seconds without an answer, that both must have passed before a meter counts as dead.</summary>
    public double DeadAfterS { get; init; } = 30;

    /// <summary>Part of an endpoint's time that asking silent meters may take; the rest belongs to those that answer.</summary>
    public double ProbeShare { get; init; } = 0.25;

    /// <summary>The folders to load models from, in order.</summary>
    public IReadOnlyList<string> ModelFolders =>
        string.IsNullOrWhiteSpace(UserModelsFolder) ? [ModelsFolder] : [ModelsFolder, UserModelsFolder];
}
