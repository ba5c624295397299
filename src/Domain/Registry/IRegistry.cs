namespace EnergyWatch.Domain.Registry;

/// <summary>Gives the current registry. Reading <see cref="Current"/> costs nothing and never throws.</summary>
public interface IRegistry
{
    RegistrySnapshot Current { get; }

    /// <summary>Completes when <see cref="Current"/> is newer than the version seen, also when another process changed it.</summary>
    Task<RegistrySnapshot> NewerThanAsync(long seenVersion, CancellationToken stop);
}

/// <summary>
/// Changes the registry: all of the rows or none. Rows with the key of an existing fact and another content take over from their
/// <c>valid_from</c>; rows that repeat what is known change nothing. Writes an audit entry per changed fact,
/// and marks the days of usage that the change makes stale (<c>Ledger.StaleDays</c>), all in one transaction.
/// </summary>
public interface IRegistryEditor
{
    /// <exception cref="RegistryRefusedException">with every fault, when the registry after the change would not hold together.</exception>
    Task<RegistrySnapshot> ApplyAsync(RegistryRows rows, string actor, CancellationToken stop);
}

/// <summary>One thing wrong with a row: where (file, line, column) and what is allowed.</summary>
public sealed record RegistryFault(string File, int Line, string Column, string Reason)
{
    public override string ToString() => $"{File}:{Line} {Column}: {Reason}";
}

public sealed class RegistryRefusedException(IReadOnlyList<RegistryFault> faults)
    : Exception($"The registry was not changed: {faults.Count} fault(s), first {faults[0]}")
{
    public IReadOnlyList<RegistryFault> Faults { get; } = faults;
}
