namespace EnergyWatch.Api.Configuration;

/// <summary>One thing wrong with the configuration: where it is, what stands there, and what is allowed.</summary>
sealed record ConfigFault(string Path, string? Value, string Allowed)
{
    public override string ToString() => $"{Path} = {(Value is null ? "(missing)" : $"\"{Value}\"")}: {Allowed}";
}

/// <summary>The configuration cannot be used. Carries every fault, not only the first.</summary>
sealed class ConfigurationRefusedException(IReadOnlyList<ConfigFault> faults)
    : Exception($"{faults.Count} fault(s) in the configuration")
{
    public IReadOnlyList<ConfigFault> Faults { get; } = faults;
}
