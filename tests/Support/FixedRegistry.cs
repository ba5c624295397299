using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Support;

/// <summary>A registry held in memory that a test may swap.</summary>
public sealed class FixedRegistry(RegistrySnapshot snapshot) : IRegistry
{
    TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RegistrySnapshot Current { get; private set; } = snapshot;

    public void Set(RegistrySnapshot next)
    {
        Current = next;
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public async Task<RegistrySnapshot> NewerThanAsync(long seenVersion, CancellationToken stop)
    {
        while (true)
        {
            var changed = _changed.Task;
            if (Current.Version > seenVersion) return Current;
            await changed.WaitAsync(stop);
        }
    }
}
