using EnergyWatch.Ingest.Modbus.Polling;

namespace EnergyWatch.Ingest.Modbus;

/// <summary>How meters are polled. The defaults suit serial gateways with up to 32 meters.</summary>
public sealed record ModbusOptions
{
    /// <summary>Folder of the meter models that come with the service.</summary>
    public string ModelsFolder { get; init; } = Path.Combine("seeds", "models");

    /// <summary>Folder of further models, which may replace one that comes with the service; none where empty.</summary>
    public string? UserModelsFolder { get; init; }

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Time over which the polls of one period are spread, by a hash of the meter's code; never more than the period.</summary>
    public TimeSpan Spread { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time over which the first polls after a start are spread.</summary>
    public TimeSpan FirstSpread { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Pause after the first failure until the meter is asked again; doubles with each further one.</summary>
    public TimeSpan BackOff { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest such pause.</summary>
    public TimeSpan MaxBackOff { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest pause between two attempts to reach an endpoint: nobody else suffers from those.</summary>
    public TimeSpan MaxReconnectPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Failures in a row before a meter counts as dead; <see cref="DeadAfter"/> must have passed too.</summary>
    public int DeadAfterFailures { get; init; } = 3;

    /// <summary>Time without an answer before a meter counts as dead; <see cref="DeadAfterFailures"/> must have come too.</summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Part of an endpoint's time that asking silent meters may take; the rest belongs to those that answer.</summary>
    public double ProbeShare { get; init; } = 0.25;

    /// <summary>How often, in one poll, a meter that says it is busy is asked again.</summary>
    public int BusyRetries { get; init; } = 3;

    /// <summary>Pause before a busy meter is asked again; its siblings wait with it.</summary>
    public TimeSpan BusyPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause until a meter is asked again for what it refused; the first is of minutes, and doubles.</summary>
    public TimeSpan RefusedRetry { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Readings kept in memory while storage does not take them; then polling waits, and nothing that was read is dropped.</summary>
    public int MaxHeldReadings { get; init; } = 500_000;

    /// <summary>The folders to load models from, in order.</summary>
    public IReadOnlyList<string> ModelFolders =>
        string.IsNullOrWhiteSpace(UserModelsFolder) ? [ModelsFolder] : [ModelsFolder, UserModelsFolder];
}
