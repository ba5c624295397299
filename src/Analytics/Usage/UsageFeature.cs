using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EnergyWatch.Analytics.Usage;

public static class UsageFeature
{
    /// <summary>
    /// From readings to usage cells: <see cref="UsageRecompute"/> for the job, <see cref="MeterUsage"/> for one meter
    /// by hand.
    /// </summary>
    public static IServiceCollection AddUsage(this IServiceCollection services, UsageOptions? options = null)
    {
        services.TryAddSingleton(options ?? new UsageOptions());
        services.AddSingleton<MeterUsage>();
        services.AddSingleton<UsageRecompute>();
        return services;
    }
}
